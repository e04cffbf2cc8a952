// The life of a running proxy: open the listeners, follow reloads, drain, close.
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config, Listener } from '../config/config.ts';
import { loadCertificate, type CertificateSource } from './certificate.ts';
import { compose, type Composition } from './compose.ts';
import { openListener, type OpenListener } from './server.ts';

export interface ProxyOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** ms since epoch. */
  readonly now?: () => number;
  /** How long idle connections are still served after the listeners have closed, ms. */
  readonly idleGraceMs?: number;
}

export interface RunningProxy {
  /** Of the public listeners, in the order of the configuration. */
  readonly addresses: readonly AddressInfo[];
  readonly adminAddress: AddressInfo;
  /** Takes over a new configuration without losing a call. */
  reload(config: Config): Promise<void>;
  /** Counts a configuration that was refused. */
  reloadRefused(): void;
  /** Not ready at once, accepting during `drain.delay`, then calls in flight finish and all is closed. */
  stop(): Promise<void>;
}

/** A listener could not be opened: what an operator needs to know, in one sentence. */
export class ListenError extends Error {}

/**
 * Added to the deadline when calls in flight are waited for, ms. Two seconds less than the process has in all (SPEC
 * section 4): closing the store and the backends' connections takes some, too.
 */
const drainMarginMs = 3_000;
const defaultIdleGraceMs = 500;

/** @throws ListenError when a port is taken, forbidden or a certificate unusable; nothing is left open then */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { log, now = Date.now, idleGraceMs = defaultIdleGraceMs } = options;
  let config = options.config;
  let ready = false;
  const composition = await compose({ ...options, isReady: () => ready });
  const opened: OpenListener[] = [];
  const certificates: CertificateSource[] = [];

  const shut = async (graceMs: number): Promise<void> => {
    for (const certificate of certificates) certificate.close();
    composition.endStreams();
    await Promise.all(opened.map((listener) => listener.close(graceMs)));
    await composition.close();
  };
  try {
    for (const [index, listener] of config.listen.entries()) {
      const name = `listen[${index}]`;
      const certificate = await certificateOf(listener, name, composition, log);
      if (certificate !== undefined) certificates.push(certificate);
      opened.push(
        await open(name, { ...listener, certificate, handler: composition.publicApp, idleGraceMs }, log),
      );
    }
    opened.push(await open('admin', { ...config.admin, handler: composition.adminApp, idleGraceMs: 0 }, log));
  } catch (error) {
    await shut(0);
    throw error;
  }
  const addresses = opened.map(({ address }) => address);
  const adminAddress = addresses.pop();
  if (adminAddress === undefined) throw new Error('no admin listener was opened');
  composition.metrics.configReloaded('ok', now());
  ready = true;

  let stopping: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    ready = false;
    for (const listener of opened) listener.startDraining();
    await new Promise((resolve) => setTimeout(resolve, config.drain.delayMs));
    await shut(config.deadlineMs + drainMarginMs);
  };
  return {
    addresses,
    adminAddress,
    reload: async (next) => {
      await composition.adopt(next);
      for (const key of needsRestart(config, next))
        log.warn({ key }, 'this key takes effect at the next start');
      config = next;
      composition.metrics.configReloaded('ok', now());
      log.info({ accounts: config.accounts.length }, 'configuration reloaded');
    },
    reloadRefused: () => composition.metrics.configReloaded('refused', now()),
    stop: () => (stopping ??= drain()),
  };
}

async function certificateOf(
  { tls }: Listener,
  name: string,
  { metrics }: Composition,
  log: Logger,
): Promise<CertificateSource | undefined> {
  if (tls === undefined) return undefined;
  try {
    return await loadCertificate(tls, {
      onLoaded: (notAfterMs) => metrics.certificateLoaded(name, notAfterMs),
      onRefused: (problem) => log.error({ listener: name, problem }, 'changed certificate refused'),
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ListenError(`${name}.tls: the certificate cannot be used: ${problem}`);
  }
}

async function open(
  name: string,
  options: Parameters<typeof openListener>[0],
  log: Logger,
): Promise<OpenListener> {
  const onFull = (connections: number) =>
    log.warn({ listener: name, connections }, 'too many connections are open: further ones are closed');
  try {
    return await openListener({ ...options, onFull });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const what = reasons[code] ?? `cannot be opened (${code})`;
    throw new ListenError(`${name}: ${options.host}:${options.port} ${what}`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: choose another port, or stop what listens there',
  EACCES: 'is not permitted: choose a port of 1024 and up, or grant the right to bind it',
  EADDRNOTAVAIL: 'is not an address of this machine',
  ENOTFOUND: 'names a host that cannot be resolved',
};

function needsRestart(before: Config, after: Config): string[] {
  const fixed = {
    listen: ({ listen }: Config) => listen,
    'admin.host and admin.port': ({ admin: { host, port } }: Config) => [host, port],
    'metrics.accounts': ({ metrics }: Config) => metrics.accounts,
    log: ({ log }: Config) => log,
    store: ({ store }: Config) => store,
  };
  return Object.entries(fixed)
    .filter(([, read]) => JSON.stringify(read(before)) !== JSON.stringify(read(after)))
    .map(([key]) => key);
}
