// How many calls fell into the last while, exactly: a log of moments, not buckets.
// It limits nothing itself; quotas ask it and decide.

const compactAt = 1024;

/** A log of the moments of calls over a true sliding window. Keeps at most `capacity` moments. */
export class SlidingWindow {
  readonly #lengthMs: number;
  readonly #capacity: number;
  #moments: number[] = [];
  #head = 0;
  #peak = 0;

  /**
   * @param lengthMs a call stops counting exactly this long after it
   * @param capacity moments kept at most: past it the count saturates
   */
  constructor(lengthMs = 1000, capacity = 10_000) {
    this.#lengthMs = lengthMs;
    this.#capacity = capacity;
  }

  /** Calls in the window that ends at `nowMs`. */
  count(nowMs: number): number {
    while (this.#head < this.#moments.length) {
      const oldest = this.#moments[this.#head];
      if (oldest === undefined || nowMs - oldest < this.#lengthMs) break;
      this.#head += 1;
    }
    if (this.#head >= compactAt) {
      this.#moments = this.#moments.slice(this.#head);
      this.#head = 0;
    }
    return this.#moments.length - this.#head;
  }

  /** Notes a call. @returns the calls in the window that ends with it, itself included */
  add(nowMs: number): number {
    let count = this.count(nowMs);
    if (count < this.#capacity) {
      this.#moments.push(nowMs);
      count += 1;
    }
    this.#peak = Math.max(this.#peak, count);
    return count;
  }

  /** The most calls that any window held so far. */
  get peak(): number {
    return this.#peak;
  }
}
