// One limit over a whole answer: what is left of it bounds every wait on the way.
// It measures; it does not interrupt. Whoever waits asks how long it may.

export interface Deadline {
  /** ms left, never negative. */
  remainingMs(): number;
}

/**
 * @param totalMs from now until the answer must be on its way, ms
 * @param monotonicMs a clock that never jumps, ms
 */
export function startDeadline(totalMs: number, monotonicMs: () => number): Deadline {
  const end = monotonicMs() + totalMs;
  return { remainingMs: () => Math.max(0, end - monotonicMs()) };
}
