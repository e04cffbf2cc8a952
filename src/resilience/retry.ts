// Which failures may be tried once more: those after which the backend has not begun to work on the call. Pure; whether
// there is time and quota for it is seen elsewhere.
import type { FailureCause } from '../gateway/gateway.ts';
import { refusedByUs } from './own-failures.ts';

/** Label of the metric; `reused-connection`: the call may have been carried out, though that is unlikely. */
export type RetryCause = 'unconnected' | 'reused-connection';

/** What of a failure matters here; failures of both backends are such. */
export interface Retriable {
  readonly cause: FailureCause;
  readonly code?: string;
  readonly reusedConnection?: boolean;
}

/**
 * Why a failed call may be tried again, once; undefined: it may not. A connection that was never established carried
 * nothing, unless our own side refused: then another try would find the same. An idle connection that died before the
 * first byte of an answer was most likely closed before the request arrived (RFC 9112 section 9.3.1).
 */
export function mayRetry(failure: Retriable): RetryCause | undefined {
  const { cause, reusedConnection = false } = failure;
  if (cause === 'unconnected') return refusedByUs(failure) ? undefined : 'unconnected';
  return cause === 'broken' && reusedConnection ? 'reused-connection' : undefined;
}
