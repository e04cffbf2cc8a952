// One call that is tried on the side: what is known of it, what the old service answered, and how the gateway is asked.
import type { Candidate, Control, ShadowedOperation } from './observation.ts';

/** What of a call may be kept and shown: masked and bounded by whoever makes it. */
export interface Subject {
  /** When the call was answered, ms since epoch. */
  readonly atMs: number;
  readonly account: string;
  readonly operation: ShadowedOperation;
  readonly requestId: string;
  readonly instanceId?: string;
  /** 0 to 9,999, of the split; of an apply. */
  readonly bucket?: number;
  readonly parameters: ShownParameters;
}

/** Of an apply; empty for a query, which has nothing but a token. */
export interface ShownParameters {
  readonly resources?: readonly string[];
  /** Resources that are not shown, when there are too many. */
  readonly moreResources?: number;
  readonly actions?: readonly string[];
  /** ISO, or as it was sent where it is no time. */
  readonly expireTime?: string;
}

/** `no-room`: the gateway was not asked, for the sake of real calls; the same may be tried again later. */
export type Attempt =
  { readonly kind: 'observed'; readonly candidate: Candidate } | { readonly kind: 'no-room' };

export interface Trial {
  readonly subject: Subject;
  readonly control: Control;
  /**
   * Asks the gateway once; failures are observations.
   * @param signal aborted when the server stops: what was not sent is given up, and nothing more is asked
   */
  attempt(signal: AbortSignal): Promise<Attempt>;
}

export const shadowResults = ['match', 'mismatch', 'error', 'dropped'] as const;
/** `error`: the gateway was asked in vain; `dropped`: it was not asked, for want of room or time. */
export type ShadowResult = (typeof shadowResults)[number];

/** How one trial ended, for whoever counts. */
export interface Conclusion extends Pick<Subject, 'account' | 'operation'> {
  readonly result: ShadowResult;
  /** With `mismatch` and `error`: a sentence for people. */
  readonly why?: string;
}
