// Time limits of one length, many of which run at once and hardly any of which is ever reached. One timer of Node's serves
// all of them: setting and clearing one for each call cost as much as reading its form.

/** A limit that runs. */
export interface Timeout {
  /** Does nothing a second time, nor once the limit was reached. */
  cancel(): void;
}

class Entry implements Timeout {
  readonly endMs: number;
  readonly reached: () => void;
  previous: Entry | undefined;
  next: Entry | undefined;
  #row: Timeouts | undefined;

  constructor(endMs: number, reached: () => void, row: Timeouts) {
    this.endMs = endMs;
    this.reached = reached;
    this.#row = row;
  }

  cancel(): void {
    this.#row?.leave(this);
    this.#row = undefined;
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
  #first: Entry | undefined;
  #last: Entry | undefined;
  #isSet = false;

  /** @param monotonicMs a clock that never jumps, ms */
  constructor(delayMs: number, monotonicMs: () => number, later = runLater) {
    this.delayMs = delayMs;
    this.#monotonicMs = monotonicMs;
    this.#runLater = later;
  }

  /** @param reached called once, `delayMs` from now at the earliest, unless it is cancelled before */
  start(reached: () => void): Timeout {
    const entry = new Entry(this.#monotonicMs() + this.delayMs, reached, this);
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (!this.#isSet) this.#set(this.delayMs);
    return entry;
  }

  /** For the entries themselves. */
  leave(entry: Entry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Whoever keeps a limit that is over must not keep all that were begun after it.
    entry.previous = entry.next = undefined;
  }

  /** Left alone when the first leaves: it finds out when it fires. */
  #set(delayMs: number): void {
    this.#isSet = true;
    this.#runLater(() => this.#fired(), delayMs);
  }

  #fired(): void {
    const nowMs = this.#monotonicMs();
    try {
      while (this.#first !== undefined && this.#first.endMs <= nowMs) {
        const entry = this.#first;
        entry.cancel();
        entry.reached();
      }
    } finally {
      this.#isSet = false;
      if (this.#first !== undefined) this.#set(Math.max(1, Math.ceil(this.#first.endMs - nowMs)));
    }
  }
}
