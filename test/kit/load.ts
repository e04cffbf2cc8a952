// Calls at a steady rate, whatever becomes of them: as many old clients together make them.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Starts `perSecond * seconds` calls evenly in time, without waiting for any, and resolves when all have ended.
 * On a loaded machine calls that are late are made at once, so that their number is always the same.
 */
export async function callSteadily<Result>(
  { perSecond, seconds }: Load,
  call: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const startMs = performance.now();
  const results: Promise<Result>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const waitMs = startMs + (index * 1000) / perSecond - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    results.push(call(index));
  }
  return Promise.all(results);
}
