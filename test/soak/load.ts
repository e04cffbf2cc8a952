// Calls of all sorts at a steady rate, and a burst now and then that no quota lets through at once. Open loop, bounded.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { configuredApply, goodApply, type ClientSurroundings, type PlannedCall } from './calls.ts';
import { clients, type ClientKind } from './clients.ts';
import type { Ledger } from './ledger.ts';
import { callers } from './people.ts';

export interface LoadOptions extends ClientSurroundings {
  readonly ledger: Ledger;
  readonly callsPerSecond: number;
}

export interface Load {
  /** The longest that this process kept its own calls waiting, ms. */
  readonly tardinessMs: () => number;
  /** Calls that were due while too many were under way. */
  readonly leftOut: () => number;
  /** Begins no new call and waits for those under way. */
  stop(): Promise<void>;
  /** So many good calls of configured accounts, one after the other; their codes. */
  probe(count: number): Promise<readonly string[]>;
}

const tickMs = 10;
const mostUnderWay = 256;
/** More within half a second than the gateway takes in one; no more, as Node accepts one connection a turn. */
const burst = { everyMs: 10_000, calls: 45 } as const;

const [burstCaller] = callers;
const kinds = Object.keys(clients) as ClientKind[];
const totalWeight = kinds.reduce((sum, kind) => sum + clients[kind][0], 0);

export function startLoad({ ledger, callsPerSecond, ...surroundings }: LoadOptions): Load {
  const { random } = surroundings;
  const tardiness = monitorEventLoopDelay({ resolution: 10 });
  tardiness.enable();
  const underWay = new Set<Promise<unknown>>();
  let leftOut = 0;

  async function run(kind: string, { route, make }: PlannedCall): Promise<string> {
    let startedMs = performance.now();
    const restartClock = () => void (startedMs = performance.now());
    const ending = await make(restartClock).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      return { kind: 'unanswered', why: `${String(error)}${code}` } as const;
    });
    ledger.note({ kind, route, ending, ms: performance.now() - startedMs });
    return ending.kind === 'answered' ? String(ending.code) : ending.kind;
  }
  function begin(kind: string, call: PlannedCall): void {
    const running = run(kind, call).finally(() => underWay.delete(running));
    underWay.add(running);
  }
  function next(): void {
    if (underWay.size >= mostUnderWay) {
      leftOut += 1;
      return;
    }
    const kind = drawn(random() * totalWeight);
    begin(kind, clients[kind][1](surroundings));
  }

  let [owed, burstLeft, lastMs, lastBurstMs] = [0, 0, performance.now(), performance.now()];
  const ticking = setInterval(() => {
    const nowMs = performance.now();
    owed += ((nowMs - lastMs) * callsPerSecond) / 1_000;
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) next();
    if (nowMs - lastBurstMs >= burst.everyMs) [burstLeft, lastBurstMs] = [burst.calls, nowMs];
    if (burstLeft > 0 && burstCaller !== undefined) {
      burstLeft -= 1;
      begin('burst', goodApply(burstCaller, surroundings));
    }
  }, tickMs);

  return {
    tardinessMs: () => tardiness.max / 1e6,
    leftOut: () => leftOut,
    stop: async () => {
      clearInterval(ticking);
      while (underWay.size > 0) await Promise.all(underWay);
    },
    probe: async (count) => {
      const codes: string[] = [];
      for (let made = 0; made < count; made += 1)
        codes.push(await run('probe', configuredApply(surroundings)));
      return codes;
    },
  };
}

function drawn(point: number): ClientKind {
  let left = point;
  for (const kind of kinds) {
    left -= clients[kind][0];
    if (left < 0) return kind;
  }
  return 'apply';
}
