// How fast a queue really moves while calls wait in it. It measures whatever slows the queue down: its own limit, a
// busy address, other replicas on the same budgets. Before there is something to measure, the caller's guess stands in.

/** A measure is worth something after one whole window, ms. */
const windowMs = 1_000;
/** What is older fades, the guess as well, ms. */
const memoryMs = 2_000;
/** The guess weighs as much as a window to begin with, or as this many calls where a window holds fewer. */
const guessCalls = 4;
/** A guess that is right by so much is taken to be exact: a measure of whole calls is not. */
const tolerance = 0.05;

export class ServiceRate {
  #sinceMs = 0;
  #served = 0;
  #guessWeight = 1;

  /** The queue was empty until now. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#served = 0;
    this.#guessWeight = 1;
  }

  served(nowMs: number): void {
    this.#served += 1;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < memoryMs) return;
    this.#sinceMs = nowMs - elapsedMs / 2;
    this.#served /= 2;
    this.#guessWeight /= 2;
  }

  isMeasured(nowMs: number): boolean {
    return this.#guessWeight < 1 || nowMs - this.#sinceMs >= windowMs;
  }

  /** Calls/s, above 0. @param guess calls/s, above 0 */
  perSecond(nowMs: number, guess: number): number {
    if (!this.isMeasured(nowMs)) return guess;
    const guessMs = Math.max(windowMs, (guessCalls * 1_000) / guess) * this.#guessWeight;
    const measured = (guess * guessMs + this.#served * 1_000) / (guessMs + nowMs - this.#sinceMs);
    return Math.abs(measured - guess) <= guess * tolerance ? guess : measured;
  }
}
