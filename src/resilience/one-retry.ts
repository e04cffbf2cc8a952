// Tries once, and once more where the failure, the time and the client allow. What a try is, is its callers'.
import { leastCallMs, leftMs, type Patience } from './patience.ts';
import type { RetryCause } from './retry.ts';

/** What came of a try; `held`: the backend was not asked. */
export type Tried<Outcome> =
  | { readonly kind: 'held'; readonly outcome: Outcome }
  | {
      readonly kind: 'made';
      readonly outcome: Outcome;
      /** Why it may be tried again; undefined: it may not. */
      readonly retry: RetryCause | undefined;
    };

/**
 * No try is cut short for the sake of a second: what may be tried again nearly always fails early. And nobody tries
 * again for a client that has left.
 * @param tryOnce calls `begins` right before it asks the backend
 * @param retried told when the second try begins
 * @returns the outcome of the last try that was made; of the first, where none was
 */
export async function withOneRetry<Outcome>(
  tryOnce: (begins: () => void) => Promise<Tried<Outcome>>,
  patience: Patience,
  retried: (cause: RetryCause) => void,
): Promise<Outcome> {
  const first = await tryOnce(() => undefined);
  const cause = first.kind === 'made' ? first.retry : undefined;
  if (cause === undefined || patience.signal.aborted || leftMs(patience) < leastCallMs(patience)) {
    return first.outcome;
  }
  const second = await tryOnce(() => retried(cause));
  return second.kind === 'made' ? second.outcome : first.outcome;
}
