// Time limits of one length, many of which run at once and hardly any of which is ever reached. One timer of Node's serves
// all of them: setting and clearing one for each call cost as much as reading its form.
import { Row, type Place } from '../row/row.ts';

/** A limit that runs. */
export interface Timeout {
  /** Does nothing a second time, nor once the limit was reached. */
  cancel(): void;
}

class Limit implements Timeout {
  readonly endMs: number;
  readonly reached: () => void;
  place: Place<Limit> | undefined;

  constructor(endMs: number, reached: () => void) {
    this.endMs = endMs;
    this.reached = reached;
  }

  cancel(): void {
    this.place?.leave();
  }
}

/** Calls `run` once after so many ms. */
export type RunLater = (run: () => void, afterMs: number) => void;

/** Whoever waits holds the process, not the timer. */
const runLater: RunLater = (run, afterMs) => void setTimeout(run, afterMs).unref();

/** In the order in which they were begun, which is that of their ends. */
export class Timeouts {
  readonly delayMs: number;
  readonly #monotonicMs: () => number;
  readonly #runLater: RunLater;
  readonly #running = new Row<Limit>();
  #isSet = false;

  /** @param monotonicMs a clock that never jumps, ms */
  constructor(delayMs: number, monotonicMs: () => number, later = runLater) {
    this.delayMs = delayMs;
    this.#monotonicMs = monotonicMs;
    this.#runLater = later;
  }

  get #next(): Limit | undefined {
    return this.#running.first?.item;
  }

  /** @param reached called once, `delayMs` from now at the earliest, unless it is cancelled before */
  start(reached: () => void): Timeout {
    const limit = new Limit(this.#monotonicMs() + this.delayMs, reached);
    limit.place = this.#running.join(limit);
    if (!this.#isSet) this.#set(this.delayMs);
    return limit;
  }

  /** Left alone when the first leaves: it finds out when it fires. */
  #set(delayMs: number): void {
    this.#isSet = true;
    this.#runLater(() => this.#fired(), delayMs);
  }

  #fired(): void {
    const nowMs = this.#monotonicMs();
    try {
      for (let first = this.#next; first !== undefined && first.endMs <= nowMs; first = this.#next) {
        first.cancel();
        first.reached();
      }
    } finally {
      this.#isSet = false;
      const first = this.#next;
      if (first !== undefined) this.#set(Math.max(1, Math.ceil(first.endMs - nowMs)));
    }
  }
}
