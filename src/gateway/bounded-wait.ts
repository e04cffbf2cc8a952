// Waits for a promise that nobody can cancel, but only so long. Does not stop the work behind the promise.
import type { GiveUpSignal } from './gateway.ts';

export type BoundedWait<Value> =
  | { readonly kind: 'settled'; readonly value: Value }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' };

/**
 * Waits for `work` until it settles, `timeoutMs` have passed or `signal` aborts. Leaves no timer and no listener.
 * @param work what is waited for; its rejection is passed on, unless the wait is over by then
 * @param timeoutMs milliseconds
 */
export function boundedWait<Value>(
  work: Promise<Value>,
  timeoutMs: number,
  signal?: GiveUpSignal,
): Promise<BoundedWait<Value>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish({ kind: 'timeout' }), timeoutMs);
    const onAbort = (): void => finish({ kind: 'aborted' });
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const finish = (outcome: BoundedWait<Value>): void => {
      stopWaiting();
      resolve(outcome);
    };
    work.then(
      (value) => finish({ kind: 'settled', value }),
      (error: unknown) => {
        stopWaiting();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
    if (signal?.aborted === true) finish({ kind: 'aborted' });
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
