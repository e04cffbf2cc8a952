// How far an account is held back after the gateway said that it is over: nothing for a second, then half of the limit,
// then a step more with each quiet second. It sends nothing and waits for nothing; it says what would be right now.

const silenceMs = 1_000;
const stepMs = 1_000;
/** Of the limit, regained with each step. */
const stepShare = 0.1;

export class HoldBack {
  #sinceMs = -Infinity;
  #share = 1;

  /** The gateway said so at this moment. @returns whether that changes anything: calls in flight together overflow together */
  overflowed(nowMs: number): boolean {
    if (nowMs - this.#sinceMs < silenceMs) return false;
    this.#share = this.#shareAt(nowMs) / 2;
    this.#sinceMs = nowMs;
    return true;
  }

  /** Nothing is to be sent before this moment, ms. */
  get untilMs(): number {
    return this.#sinceMs + silenceMs;
  }

  /** @param limit calls/s @returns what is left of it, at least one call per second where it was that much */
  limit(limit: number, nowMs: number): number {
    return Math.max(Math.min(1, limit), limit * this.#shareAt(nowMs));
  }

  isOver(nowMs: number): boolean {
    return this.#shareAt(nowMs) === 1;
  }

  #shareAt(nowMs: number): number {
    const steps = Math.max(0, Math.floor((nowMs - this.untilMs) / stepMs));
    return Math.min(1, this.#share + steps * stepShare);
  }
}
