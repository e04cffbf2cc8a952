// Whose turn is next: the account that has had the least lately. Serving it first each time gives every account that
// waits the same share of a busy address, and one that asks for less than that all it asks for (max-min fairness).
//
// "Lately" fades exponentially, and it is the new permits that are given more weight, not the old ones less ("forward
// decay"): so the order of the accounts changes only when one of them is given a permit, and a heap can keep it.
import { Heap } from './heap.ts';
import type { Lane } from './lane.ts';

/** A permit of this long ago weighs 1/e, ms. */
const fadingMs = 1_000;
/** Weights begin at 1 again before they leave the range of numbers. */
const largestExponent = 300;

export class FairShare {
  readonly #ready = new Heap<Lane>(hadLess);
  readonly #resting = new Heap<Lane>((one, other) => one.notBeforeMs < other.notBeforeMs);
  #originMs = 0;

  /** Puts a lane where it belongs now; to be called after whatever changes that. */
  place(lane: Lane, nowMs: number): void {
    this.remove(lane);
    const head = lane.first();
    if (head === undefined || lane.length <= lane.asked) return;
    lane.headNumber = head.number;
    (lane.notBeforeMs > nowMs ? this.#resting : this.#ready).push(lane);
  }

  remove(lane: Lane): void {
    if (lane.place < 0) return;
    (this.#ready.has(lane) ? this.#ready : this.#resting).remove(lane);
  }

  /** Whether a lane would be served before all that wait and may ask. */
  comesNext(lane: Lane): boolean {
    const next = this.#ready.peek();
    return next === undefined || next === lane || lane.use < next.use;
  }

  /** Takes out the lane whose turn is next. */
  next(): Lane | undefined {
    return this.#ready.pop();
  }

  /** Those that have rested until now may ask again. */
  wake(nowMs: number): void {
    for (let lane = this.#resting.peek(); lane !== undefined; lane = this.#resting.peek()) {
      if (lane.notBeforeMs > nowMs) return;
      this.place(lane, nowMs);
    }
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** When the first of the resting lanes wakes, ms; Infinity where none rests. */
  get wakesAtMs(): number {
    return this.#resting.peek()?.notBeforeMs ?? Infinity;
  }

  /**
   * What a permit given now weighs.
   * @param lanes all that may have been given permits before
   */
  weight(nowMs: number, lanes: Iterable<Lane>): number {
    const exponent = (nowMs - this.#originMs) / fadingMs;
    if (exponent < largestExponent) return Math.exp(exponent);
    const faded = Math.exp(-exponent);
    for (const lane of lanes) lane.use *= faded;
    this.#originMs = nowMs;
    return 1;
  }
}

/** With equal use, the call that has waited longest comes first. */
function hadLess(one: Lane, other: Lane): boolean {
  if (one.use !== other.use) return one.use < other.use;
  return one.headNumber < other.headNumber;
}
