// One call under a breaker: let through or not, and its verdict reported in every case.
import type { Breaker, Verdict } from './breaker.ts';

/**
 * Makes a call if the breaker lets it through. What `call` throws is passed on; the breaker then hears nothing of the
 * backend, but is free for the next.
 * @returns what `call` gave; undefined when it was not made
 */
export async function underBreaker<Result>(
  breaker: Pick<Breaker, 'enter'>,
  call: () => Promise<Result>,
  verdictOf: (result: Result) => Verdict,
): Promise<Result | undefined> {
  const attempt = breaker.enter();
  if (attempt === undefined) return undefined;
  try {
    const result = await call();
    attempt.settle(verdictOf(result));
    return result;
  } finally {
    attempt.settle('neutral');
  }
}
