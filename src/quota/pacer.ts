// Spreads what a budget grants, so that calls cannot bunch up on their way into one of the gateway's seconds.
// How many calls a second may hold is the window's business.
//
// Why it is enough. Take any 1,100 ms. The calls written in the first 1,000 of them, with those that had a permit at their
// end, all counted when the last of them was granted: at most `calls`. What else is written was granted in the last
// 100 ms: at most `burstOf(calls)`. So no 1,100 ms hold more than both together, which is the published limit when the
// headroom is 10 %: transit times that differ by up to 100 ms cannot bring more than that into one second of the gateway.
import { Moments } from './moments.ts';

/** Differences in transit time that are made up for, ms. */
export const jitterMs = 100;
/** A budget in use may be this late with a permit and still catch up, ms: timers are. */
const catchUpMs = 20;

/** Calls that may be granted within `jitterMs`: what a headroom of 10 % leaves; enough for 111 % of the rate. */
export function burstOf(calls: number): number {
  return Math.ceil(calls / 9);
}

export class Pacer {
  readonly #grants = new Moments();
  /** When the next grant is due if they are spread evenly. */
  #dueMs = -Infinity;

  /**
   * How long until one more may be granted, ms; 0 or less when that is now.
   * @param quietInMs how long much of the budget is still used, 0 when it is not: until then permits are spread evenly,
   * rather than given in bursts that would come back in each second and let other accounts wait for the next
   */
  roomInMs(nowMs: number, burst: number, quietInMs: number): number {
    this.#grants.dropUpTo(nowMs - jitterMs);
    const tooMany = this.#grants.size - burst;
    const burstInMs = tooMany < 0 ? 0 : this.#grants.at(tooMany) + jitterMs - nowMs;
    return Math.max(burstInMs, Math.min(this.#dueMs - nowMs, quietInMs));
  }

  /** A permit that is not used in the end has its place all the same. */
  grant(nowMs: number, burst: number): void {
    this.#grants.push(nowMs);
    this.#dueMs = Math.max(this.#dueMs, nowMs - catchUpMs) + jitterMs / burst;
  }
}
