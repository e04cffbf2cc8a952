// The seeds of the fuzz tests: two that stay, so that what once passed is passed again, and one that is new each time.
import { randomInt } from 'node:crypto';

/** In the titles of the tests; `FUZZ_SEED` repeats a run. */
export const freshSeed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

export const seeds: readonly number[] = [1, 20_210_101, freshSeed];

/** How much longer to search than CI does, by hand. */
const factor = Number(process.env['FUZZ_FACTOR'] ?? 1);

/**
 * What fast-check needs to know; it names the seed of a failure itself.
 * @param atMostMs ends the search early, without a verdict on what was not tried
 */
export function searching(seed: number, numRuns: number, atMostMs = 1_500) {
  return {
    seed,
    numRuns: numRuns * factor,
    interruptAfterTimeLimit: atMostMs * factor,
    markInterruptAsFailure: false,
  } as const;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0 to `below` - 1. */
export function upTo(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function oneOf<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[upTo(random, items.length)] ?? items[0];
}
