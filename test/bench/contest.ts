// Contestants that do the same work, each loaded for a moment in turn, round after round: what disturbs the machine
// disturbs them all alike. What counts is CPU time of the server's process for each request.
import { once } from 'node:events';
import { figureOf, type Figure } from './figures.ts';
import { cpuMs, type Reference } from './processes.ts';
import { wrk, type Loaded } from './wrk.ts';

export interface Contestant {
  readonly name: string;
  /** Of the process that is measured. */
  readonly pid: number;
  readonly load: (seconds: number) => Promise<Loaded>;
}

export interface Result {
  /** CPU time for one request, by round, µs. */
  readonly cpuUs: readonly number[];
  readonly callsPerSecond: readonly number[];
}

export interface ContestOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** Calls after which V8 has compiled what is called often: before, they cost up to three times as much. */
const warmCalls = 15_000;
const warmSecondsAtMost = 30;

/** Each is warmed up before the first round. */
export async function contest(
  contestants: readonly Contestant[],
  { rounds, seconds }: ContestOptions,
): Promise<ReadonlyMap<string, Result>> {
  const results = new Map(
    contestants.map(({ name }) => [name, { cpuUs: [] as number[], callsPerSecond: [] as number[] }]),
  );
  for (const { load } of contestants) await warmUp(load);
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, pid, load } of contestants) {
      const [beforeMs, startMs] = [cpuMs(pid), performance.now()];
      const { calls, errors } = await load(seconds);
      const [usedMs, tookMs] = [cpuMs(pid) - beforeMs, performance.now() - startMs];
      if (errors > 0) throw new Error(`${name}: ${errors} of ${calls} calls failed`);
      results.get(name)?.cpuUs.push((usedMs * 1000) / calls);
      results.get(name)?.callsPerSecond.push((calls * 1000) / tookMs);
    }
  }
  return results;
}

async function warmUp(load: Contestant['load']): Promise<void> {
  const endMs = performance.now() + warmSecondsAtMost * 1_000;
  for (let calls = 0; calls < warmCalls && performance.now() < endMs;) calls += (await load(2)).calls;
}

/** How one result compares with another, round by round. */
export function ratioOf(one: Result, other: Result): Figure {
  return figureOf(one.cpuUs.map((us, round) => us / (other.cpuUs[round] ?? NaN)));
}

/** Connections that a contestant is loaded over. */
const connections = 32;

/** Loads a server with the calls of a file. */
export function byWrk(
  server: { readonly pid: number; readonly port: number },
  name: string,
  calls: string,
  script: string,
): Contestant {
  return {
    name,
    pid: server.pid,
    load: (seconds) => wrk({ script, port: server.port, calls, seconds, connections }),
  };
}

/** Has a program call by itself that makes its own calls. */
export function bySelf({ child, pid }: Reference, name: string): Contestant {
  return {
    name,
    pid,
    load: async (seconds) => {
      const ended = once(child, 'message');
      child.send({ seconds, connections });
      return ((await ended) as [Loaded])[0];
    },
  };
}
