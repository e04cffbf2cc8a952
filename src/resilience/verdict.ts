// What the end of a call says of the backend that was called: what a breaker counts. Pure; the same for both backends.
import type { FailureCause, OutcomeClass } from '../gateway/gateway.ts';
import type { Verdict } from './breaker.ts';
import { refusedByUs } from './own-failures.ts';

/** How a call ended; a `GatewayOutcome` is one. */
export interface Ending {
  readonly class: OutcomeClass;
  /** Of a failure. */
  readonly cause?: FailureCause;
  /** Of a failure. */
  readonly code?: string;
  readonly reusedConnection?: boolean;
}

export interface Circumstances {
  /** Whether a byte of the request was written. */
  readonly sent: boolean;
  /** Whether the backend was given enough time for a time-out to be its fault. */
  readonly hadTime: boolean;
  /** Nobody vouches for the request: it may be what makes the backend fail. */
  readonly fromStranger: boolean;
}

/** The backend was not asked, or is not to blame. */
const innocent: ReadonlySet<FailureCause> = new Set(['aborted', 'credentials', 'quota', 'circuit']);

/**
 * Only class `fault` counts against a backend, and not what was our own side's doing: a pool of ours that is full says
 * nothing that the calls which fill it will not say themselves. Nor does an idle connection that died before the first
 * byte of an answer: each had served well before, they often die all at once, and the retry tells more. A stranger's
 * request counts only where it never arrived, or a few bad ones would cut everybody off. Whoever answers is alive,
 * whatever the answer; but it must have been the backend that answered.
 */
export function verdictOf(ending: Ending, circumstances: Circumstances): Verdict {
  const { cause, reusedConnection = false } = ending;
  const { sent, hadTime, fromStranger } = circumstances;
  if (cause !== undefined && innocent.has(cause)) return 'neutral';
  if (ending.class !== 'fault') return sent ? 'success' : 'neutral';
  if (reusedConnection || refusedByUs(ending)) return 'neutral';
  if (cause === 'timeout' && !hadTime) return 'neutral';
  return fromStranger && cause !== 'unconnected' ? 'neutral' : 'fault';
}
