// How long the last calls of one side took, for comparing the two; bounded. Exact over what is kept.

export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class Durations {
  readonly #most: number;
  readonly #kept: number[] = [];
  #next = 0;

  /** @param most how many of the last are kept */
  constructor(most = 1_000) {
    this.#most = most;
  }

  note(durationMs: number): void {
    this.#kept[this.#next] = durationMs;
    this.#next = (this.#next + 1) % this.#most;
  }

  /** Null without samples. */
  quantiles(): Quantiles | null {
    if (this.#kept.length === 0) return null;
    const sorted = this.#kept.toSorted((one, other) => one - other);
    // The nearest rank: a duration that really was, never one between two.
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
