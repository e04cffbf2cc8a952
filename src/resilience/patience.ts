// How long somebody waits for a call, and how that time is shared out: between waiting for a turn, the call itself, and
// whoever may try after it. It measures; nobody is interrupted here.
import type { GiveUpSignal } from '../gateway/gateway.ts';
import { answerMarginMs, type Deadline } from './deadline.ts';

export interface Patience {
  /** Of the whole answer. */
  readonly deadline: Deadline;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: GiveUpSignal;
  /** Limit of one try, ms. Not more than a call can have at best, or its time-outs are never held against a backend. */
  readonly callMs: number;
  /** Time of the deadline that is left for somebody else to try, ms. */
  readonly reserveMs: number;
}

/** ms that are left for everything still to be done here; negative when even that is gone. */
export function leftMs({ deadline, reserveMs }: Pick<Patience, 'deadline' | 'reserveMs'>): number {
  return deadline.remainingMs() - answerMarginMs - reserveMs;
}

/** What a healthy backend answers in nearly always, ms. */
const usuallyEnoughMs = 500;
const shareOfLimit = 1 / 4;

/**
 * Time that a call should have, ms: nobody waits for a turn so long, or retries so late, that less would be left. And
 * who was given less has learnt nothing about the backend when that time is over.
 */
export function leastCallMs({ callMs }: Pick<Patience, 'callMs'>): number {
  return Math.min(usuallyEnoughMs, callMs * shareOfLimit);
}
