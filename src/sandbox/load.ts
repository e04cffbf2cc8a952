// Simulated old clients: so many calls a second against a token service, open loop, everything about it bounded.
// A source of traffic for looking at things, not a benchmark; it judges nothing.
import { Pool } from 'undici';
import { createFleet, type FleetCall, type LoadRoute } from './load-fleet.ts';

export type { LoadRoute } from './load-fleet.ts';

export interface LoadOptions {
  /** Base address of what is called, as old clients keep it in `tokenServerUrl`. */
  readonly url: string;
  readonly callsPerSecond: number;
  readonly accessKey: string;
  readonly secret: string;
  readonly instanceId: string;
  /** Simulated devices, each with its own topics. At least 1, default 50. */
  readonly devices?: number;
  /** Sockets kept open at most. Default 16. */
  readonly connections?: number;
  /** Calls under way at most; what is due beyond is dropped and counted. Default 256. */
  readonly maxInFlight?: number;
  readonly clock?: () => number;
  readonly random?: () => number;
}

export interface LoadStats {
  readonly sent: Readonly<Record<LoadRoute, number>>;
  /** Calls that got an answer of any kind. */
  readonly answered: number;
  /** Answers by the old `code`; `unreadable` for anything else. */
  readonly codes: Readonly<Record<string, number>>;
  /** Calls that ended without an answer. */
  readonly failed: number;
  /** Calls that were due while `maxInFlight` were under way, or lay too far back. */
  readonly dropped: number;
  readonly inFlight: number;
  readonly slowestMs: number;
}

export interface Load {
  stats(): LoadStats;
  /** Ends the load, aborts what is under way and closes the sockets. */
  stop(): Promise<void>;
}

const tickMs = 20;
// What real clients wait before they give up (PROTOCOL section 1).
const clientPatienceMs = 5_000;
const answerBytesAtMost = 64 * 1024;
const knownCodes: readonly unknown[] = [200, 400, 407, 409, 410, 1, 2, 3];

/** Starts the load at once. Throws on a URL that is none. */
export function startLoad(options: LoadOptions): Load {
  const { callsPerSecond, maxInFlight = 256, clock = Date.now, random = Math.random } = options;
  const base = new URL(options.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections ?? 16,
    headersTimeout: clientPatienceMs,
    bodyTimeout: clientPatienceMs,
    maxResponseSize: answerBytesAtMost,
  });
  const nextCall = createFleet({ ...options, devices: options.devices ?? 50, clock, random });
  const sent: Record<LoadRoute, number> = { apply: 0, query: 0, revoke: 0 };
  const codes: Record<string, number> = {};
  const underWay = new Set<Promise<void>>();
  let [answered, failed, dropped, slowestMs, owed, lastMs] = [0, 0, 0, 0, 0, clock()];

  async function post({ route, body, received }: FleetCall): Promise<void> {
    const startedMs = clock();
    try {
      const response = await pool.request({
        path: `${prefix}/token/${route}`,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      const { code, token } = readAnswer(await response.body.text());
      answered += 1;
      codes[code] = (codes[code] ?? 0) + 1;
      received(token);
    } catch {
      failed += 1;
    }
    slowestMs = Math.max(slowestMs, clock() - startedMs);
  }

  function tick(): void {
    const nowMs = clock();
    owed += ((nowMs - lastMs) * callsPerSecond) / 1000;
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) {
      if (underWay.size >= maxInFlight) {
        dropped += Math.floor(owed);
        owed %= 1;
        return;
      }
      const call = nextCall();
      sent[call.route] += 1;
      const posted = post(call).finally(() => underWay.delete(posted));
      underWay.add(posted);
    }
  }

  const ticking = setInterval(tick, tickMs);
  return {
    stats: () => ({
      sent: { ...sent },
      answered,
      codes: { ...codes },
      failed,
      dropped,
      inFlight: underWay.size,
      slowestMs,
    }),
    stop: async () => {
      clearInterval(ticking);
      await pool.destroy();
      await Promise.all(underWay);
    },
  };
}

function readAnswer(text: string): { readonly code: string; readonly token?: string } {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('code' in answer)) return { code: 'unreadable' };
    if (!knownCodes.includes(answer.code)) return { code: 'unreadable' };
    const token =
      'tokenData' in answer && typeof answer.tokenData === 'string' ? answer.tokenData : undefined;
    return { code: String(answer.code), ...(token === undefined ? {} : { token }) };
  } catch {
    return { code: 'unreadable' };
  }
}
