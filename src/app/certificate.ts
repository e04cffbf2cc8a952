// A listener's certificate from its files, followed when they change. A pair that does not fit is refused while the
// one in use stays.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from '../config/config.ts';

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateSource {
  readonly minVersion: TlsFiles['minVersion'];
  current(): CertificatePair;
  onChange(listener: (pair: CertificatePair) => void): void;
  close(): void;
}

export interface CertificateEvents {
  /** ms since epoch. */
  readonly onLoaded: (notAfterMs: number) => void;
  readonly onRefused: (problem: string) => void;
}

const pollMs = 5_000;

/** @throws when the files cannot be read or do not make a usable pair */
export async function loadCertificate(
  files: TlsFiles,
  events: CertificateEvents,
  intervalMs = pollMs,
): Promise<CertificateSource> {
  const listeners = new Set<(pair: CertificatePair) => void>();
  let pair = await readPair(files);
  events.onLoaded(notAfterMs(pair));
  let lastProblem: string | undefined;

  const look = async (): Promise<void> => {
    try {
      const found = await readPair(files);
      lastProblem = undefined;
      if (found.cert === pair.cert && found.key === pair.key) return;
      pair = found;
      events.onLoaded(notAfterMs(pair));
      for (const listener of listeners) listener(pair);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== lastProblem) events.onRefused(problem);
      lastProblem = problem;
    }
  };
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => (looking = false));
  }, intervalMs);
  timer.unref();
  return {
    minVersion: files.minVersion,
    current: () => pair,
    onChange: (listener) => void listeners.add(listener),
    close: () => clearInterval(timer),
  };
}

async function readPair({ certFile, keyFile }: TlsFiles): Promise<CertificatePair> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  createSecureContext({ cert, key });
  return { cert, key };
}

function notAfterMs({ cert }: CertificatePair): number {
  return Date.parse(new X509Certificate(cert).validTo);
}
