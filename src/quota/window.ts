// The exact sliding window of one budget: calls that have a permit but are not written yet, and the moments at which the
// others were written. A library with fixed windows (rate-limiter-flexible) admits twice the limit around a boundary,
// which is why this is a log. It judges nothing by itself, and knows no clock.
import { Moments } from './moments.ts';

/**
 * Whoever grants only while `roomInMs` is 0 never has more than `calls` written in any span, however long each call takes
 * from its permit to the wire: until it is written it counts as if that were now.
 */
export class SlidingWindow {
  readonly #sent = new Moments();
  #pending = 0;

  /** Calls that count. @param spanMs how long a call counts after it was written */
  count(nowMs: number, spanMs: number): number {
    this.#sent.dropUpTo(nowMs - spanMs);
    return this.#pending + this.#sent.size;
  }

  /** How long until fewer than `calls` count, ms; 0 when that is so now. What is not written yet could be written now. */
  roomInMs(nowMs: number, calls: number, spanMs: number): number {
    const tooMany = this.count(nowMs, spanMs) - calls;
    if (tooMany < 0) return 0;
    return tooMany < this.#sent.size ? this.#sent.at(tooMany) + spanMs - nowMs : spanMs;
  }

  grant(): void {
    this.#pending += 1;
  }

  /** One of the granted calls is written at this moment. */
  sent(nowMs: number): void {
    this.#pending -= 1;
    this.#sent.push(nowMs);
  }

  /** One of the granted calls will never be written. */
  unused(): void {
    this.#pending -= 1;
  }
}
