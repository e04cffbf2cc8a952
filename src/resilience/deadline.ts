// One limit over a whole answer: what is left of it bounds every wait on the way.
// It measures; it does not interrupt. Whoever waits asks how long it may.

export interface Deadline {
  /** ms left, never negative. */
  remainingMs(): number;
}

/** Kept back from a deadline, ms, so that a failure at the last moment can still be told in time. */
export const answerMarginMs = 100;

/**
 * How long one call may take, ms, at least 1.
 * @param limitMs of the call itself
 * @param reserveMs time of the deadline that is left for somebody else to try
 */
export function timeWithin(deadline: Deadline, limitMs: number, reserveMs = 0): number {
  return Math.max(1, Math.min(limitMs, deadline.remainingMs() - answerMarginMs - reserveMs));
}

/**
 * @param totalMs from `startMs` until the answer must be on its way, ms
 * @param monotonicMs a clock that never jumps, ms
 */
export function startDeadline(totalMs: number, monotonicMs: () => number, startMs = monotonicMs()): Deadline {
  const end = startMs + totalMs;
  return { remainingMs: () => Math.max(0, end - monotonicMs()) };
}
