// Virtual time for tests of the quota: a clock and timers on it. Nothing here sleeps: an hour passes as fast as what
// happens in it can be worked through.
import { Heap, type HeapEntry } from '../../src/quota/heap.ts';

interface Event extends HeapEntry {
  readonly atMs: number;
  readonly number: number;
  readonly work: () => void;
}

export class Simulation {
  readonly #events = new Heap<Event>((one, other) =>
    one.atMs === other.atMs ? one.number < other.number : one.atMs < other.atMs,
  );
  #nowMs: number;
  #numbers = 0;

  /** @param startMs not 0, so that nothing can rely on a clock that begins with the process */
  constructor(startMs = 123_456.7) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  /** @returns what cancels it */
  readonly schedule = (ms: number, work: () => void): (() => void) => {
    const event = { atMs: this.#nowMs + Math.max(0, ms), number: (this.#numbers += 1), work, place: -1 };
    this.#events.push(event);
    return () => this.#events.remove(event);
  };

  /** How much is still to happen. */
  get pending(): number {
    return this.#events.size;
  }

  /**
   * Lets time pass, with all that happens in it and what follows from that at once.
   * @param afterEach called when everything that an event led to is done
   */
  async pass(ms: number, afterEach: () => void = () => undefined): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#events.peek(); next !== undefined; next = this.#events.peek()) {
      if (next.atMs > endMs) break;
      this.#events.remove(next);
      this.#nowMs = next.atMs;
      next.work();
      await settled();
      afterEach();
    }
    this.#nowMs = endMs;
  }
}

/** Resolves when no promise has anything left to do. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A sequence of numbers from 0 to 1 that is the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The most moments that any span holds, both of its ends included. */
export function mostWithin(moments: readonly number[], spanMs: number): number {
  const sorted = moments.toSorted((one, other) => one - other);
  let [most, first] = [0, 0];
  for (const [last, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) > spanMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** What is not exceeded by `share` of the values; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
