// One timer that is set anew only when something is due earlier than it rings: work that is done before its time costs no
// timer at all. It may ring for nothing; whoever set it looks at the clock again.

/** Runs `work` once after so many ms (whole, at least 1). @returns what cancels it */
export type Schedule = (ms: number, work: () => void) => () => void;

/** Keeps no process alive: the calls that wait have connections that do. */
export const scheduleTimer: Schedule = (ms, work) => {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
};

export class Alarm {
  readonly #schedule: Schedule;
  readonly #ring: () => void;
  #dueMs = Infinity;
  #cancel: (() => void) | undefined;

  constructor(schedule: Schedule, ring: () => void) {
    this.#schedule = schedule;
    this.#ring = ring;
  }

  /** Rings at `dueMs` at the latest; Infinity asks for nothing. */
  at(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = this.#schedule(Math.max(1, Math.ceil(dueMs - nowMs)), () => {
      this.#dueMs = Infinity;
      this.#cancel = undefined;
      this.#ring();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueMs = Infinity;
  }
}
