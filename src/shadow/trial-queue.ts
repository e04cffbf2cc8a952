// Trials that wait: bounded in all and by account, so that one busy account leaves room for the others. What is full drops
// the newest: that is cheapest, and as random a sample as any. Starts nothing, and knows no clock.
import type { Trial } from './trial.ts';

export interface WaitingTrial {
  readonly trial: Trial;
  /** Of a clock that never jumps, ms. */
  readonly sinceMs: number;
}

export interface TrialQueueLimits {
  readonly most: number;
  readonly mostOfAccount: number;
}

export class TrialQueue {
  readonly #limits: TrialQueueLimits;
  readonly #waiting: WaitingTrial[] = [];

  constructor(limits: TrialQueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** At the end of the queue. @returns whether there was room */
  add(entry: WaitingTrial): boolean {
    const { most, mostOfAccount } = this.#limits;
    if (this.#waiting.length >= most) return false;
    const { account } = entry.trial.subject;
    const ofAccount = this.#waiting.filter(({ trial }) => trial.subject.account === account).length;
    if (ofAccount >= mostOfAccount) return false;
    this.#waiting.push(entry);
    return true;
  }

  take(): WaitingTrial | undefined {
    return this.#waiting.shift();
  }

  /** Empties the queue. @returns what was in it */
  clear(): readonly WaitingTrial[] {
    return this.#waiting.splice(0);
  }
}
