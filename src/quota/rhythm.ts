// When a piece of work is done again: one at a time, at once when there is need, else after a while that the work says.
// What the work is, it does not know.
import { Alarm, type Schedule } from './alarm.ts';

export interface RhythmOptions {
  /** Never rejects. @returns when to do it again if nobody asks for it before, ms; 0 is at once */
  readonly work: () => Promise<number>;
  readonly monotonicMs: () => number;
  readonly schedule: Schedule;
}

export class Rhythm {
  readonly #work: () => Promise<number>;
  readonly #monotonicMs: () => number;
  readonly #alarm: Alarm;
  #state: 'resting' | 'working' | 'stopped' = 'resting';
  #lastWork: Promise<void> = Promise.resolve();

  constructor({ work, monotonicMs, schedule }: RhythmOptions) {
    this.#work = work;
    this.#monotonicMs = monotonicMs;
    this.#alarm = new Alarm(schedule, () => this.#begin());
  }

  /** The work is done within this time, ms. While it is being done, what it says at its end goes. */
  within(ms: number): void {
    if (this.#state !== 'resting') return;
    const nowMs = this.#monotonicMs();
    // At once is when this turn of the event loop is over: the work serves all who want it in this turn.
    if (ms <= 0) queueMicrotask(() => this.#begin());
    else this.#alarm.at(nowMs + ms, nowMs);
  }

  /** Resolves when the work under way is done; it is not begun again. */
  stop(): Promise<void> {
    this.#state = 'stopped';
    this.#alarm.cancel();
    return this.#lastWork;
  }

  #begin(): void {
    if (this.#state !== 'resting') return;
    this.#state = 'working';
    this.#alarm.cancel();
    this.#lastWork = this.#work().then((againInMs) => {
      if (this.#state !== 'working') return;
      this.#state = 'resting';
      this.within(againInMs);
    });
  }
}
