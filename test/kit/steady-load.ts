// Calls at a steady rate, whatever becomes of the earlier ones, and an old client that keeps its connections and
// retries nothing: a call that fails is seen to have failed.
import http from 'node:http';
import https from 'node:https';
import { signedParameters, type OldAccount } from './old-clients.ts';

export interface SteadyLoad {
  /** What was thrown so far. */
  readonly failures: readonly Error[];
  readonly ended: () => number;
  /** Begins no new call and waits for those under way. */
  stop(): Promise<void>;
}

const tickMs = 5;
/** Where a busy machine cannot keep up, calls that are due are left out rather than heaped up. */
const mostUnderWay = 32;

/** @param call begins one call; its rejection is a failure. Counted from 0 */
export function startSteadyLoad(callsPerSecond: number, call: (count: number) => Promise<void>): SteadyLoad {
  const underWay = new Set<Promise<void>>();
  const failures: Error[] = [];
  let [begun, ended, owed, lastMs] = [0, 0, 0, performance.now()];
  const begin = (): void => {
    const run = call(begun++)
      .catch(
        (error: unknown) => void failures.push(error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => {
        ended += 1;
        underWay.delete(run);
      });
    underWay.add(run);
  };
  const ticking = setInterval(() => {
    const nowMs = performance.now();
    owed += ((nowMs - lastMs) * callsPerSecond) / 1000;
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) if (underWay.size < mostUnderWay) begin();
  }, tickMs);
  return {
    failures,
    ended: () => ended,
    stop: async () => {
      clearInterval(ticking);
      await Promise.all(underWay);
    },
  };
}

export interface PlainAnswer {
  readonly headers: http.IncomingHttpHeaders;
  readonly code: number;
  readonly message: string;
  readonly tokenData: string | undefined;
}

export interface PostOptions {
  /** Default: a connection of its own. */
  readonly agent?: http.Agent | undefined;
  /** Certificates that are trusted, and nothing else. */
  readonly ca?: readonly string[];
}

/** An urlencoded POST of a signed call. Rejects when no whole answer in the old shape comes. */
export function postOld(
  url: string,
  path: string,
  fields: Record<string, string>,
  account: OldAccount,
  { agent, ca }: PostOptions = {},
): Promise<PlainAnswer> {
  const body = new URLSearchParams(signedParameters(fields, account)).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
  };
  const target = new URL(path, url);
  return new Promise((resolve, reject) => {
    const answered = (response: http.IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject);
      response.once('end', () => {
        try {
          const read = JSON.parse(text) as { code: number; message: string; tokenData?: string };
          const { code, message, tokenData } = read;
          resolve({ headers: response.headers, code, message, tokenData });
        } catch {
          reject(new Error(`not in the old shape: ${text.slice(0, 200)}`));
        }
      });
    };
    const options = { method: 'POST', headers, agent: agent ?? false };
    const request =
      ca === undefined
        ? http.request(target, options, answered)
        : https.request(target, { ...options, ca: [...ca], servername: 'localhost' }, answered);
    request.once('error', reject);
    request.end(body);
  });
}
