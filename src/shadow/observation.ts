// What one side made of a call: the control is the old service, whose answer the client has; the candidate is what the
// client would have got without it. Plain data; judges nothing.
import type { OutcomeClass } from '../gateway/gateway.ts';

/** Revoke is never tried on the side. */
export type ShadowedOperation = 'apply' | 'query';

export interface Observation {
  readonly outcome: OutcomeClass;
  /** Code of the old protocol. */
  readonly code: number;
  readonly durationMs: number;
}

/** What the old service answered. */
export type Control = Observation;

export interface Candidate extends Omit<Observation, 'durationMs'> {
  /** `proxy`: this server would refuse the call itself, so that the gateway was not asked. */
  readonly by: 'gateway' | 'proxy';
  /** How long the gateway took, ms; without waiting for a turn. */
  readonly durationMs?: number;
  /** What was said of a failure, for people; holds no secret, signature or token. */
  readonly message?: string;
  readonly gatewayCode?: string;
  readonly gatewayRequestId?: string;
  /** Set when a token was issued that its own gateway does not accept: what it said of it. */
  readonly tokenRefused?: string;
}
