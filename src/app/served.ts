// What came of a call: what the client is told, and what there is to count and log about it.
import type { GatewayFailure, OutcomeClass } from '../gateway/gateway.ts';
import type { LegacyCode, LegacyReply } from '../legacy/call.ts';
import { codeOf } from '../legacy/envelope.ts';
import type { LegacyAnswer } from '../legacy/old-service.ts';
import type { Parameters } from '../legacy/parameters.ts';
import type { Backend, DecisionReason } from '../metrics/metrics.ts';

/** What travels back: an answer of ours, or the old service's byte for byte. */
export type Answer =
  | { readonly kind: 'reply'; readonly reply: LegacyReply }
  | { readonly kind: 'forwarded'; readonly answer: LegacyAnswer };

export interface Served {
  readonly answer: Answer;
  /** Of the old protocol; `unreadable` where a forwarded answer holds none of its codes. */
  readonly code: LegacyCode | 'unreadable';
  readonly outcome: OutcomeClass;
  /** Who gave the answer; `none`: refused without asking anybody. */
  readonly backend: Backend | 'none';
  /** Why that backend was asked first. */
  readonly reason?: DecisionReason;
  readonly account?: string;
  readonly accessKey?: string;
  readonly instanceId?: string;
  /** What was sent, signature and all: to be shown to nobody unmasked. */
  readonly parameters?: Parameters;
  /** 0 to 9,999, and the weight that it was held against. */
  readonly bucket?: number;
  readonly gatewayPercent?: number;
  /** The gateway's failure behind a failed reply. */
  readonly failure?: GatewayFailure;
  /** The token was made for another call. */
  readonly reused?: 'live' | 'shared';
  /** After how long another try is worth while, ms, where that is known. */
  readonly retryAfterMs?: number;
  /** Set when the first choice failed and the other side answered: the class of that failure. */
  readonly fallbackFrom?: OutcomeClass;
  /** Begins what is to happen once the client has its answer; takes no time itself. */
  readonly afterwards?: () => void;
}

/** What is known of a call beside its answer. */
export type Facts = Omit<Served, 'answer' | 'code'>;

/** Whose call it was. */
export type Origin = Pick<Served, 'account' | 'accessKey' | 'parameters'>;

/**
 * Makes every {@link Served}, with all of its properties always: objects of one shape. Spreading facts of many shapes into
 * each other cost ten times as much (7 µs of a refusal's 350, each time), and so did reading them afterwards.
 */
export function servedAs(
  answer: Answer,
  code: Served['code'],
  facts: Facts,
  { account, accessKey, parameters }: Origin = facts,
): Served {
  return {
    answer,
    code,
    outcome: facts.outcome,
    backend: facts.backend,
    reason: facts.reason,
    account,
    accessKey,
    instanceId: facts.instanceId,
    parameters,
    bucket: facts.bucket,
    gatewayPercent: facts.gatewayPercent,
    failure: facts.failure,
    reused: facts.reused,
    retryAfterMs: facts.retryAfterMs,
    fallbackFrom: facts.fallbackFrom,
    afterwards: facts.afterwards,
  };
}

/** An answer of ours. */
export function replied(reply: LegacyReply, facts: Facts): Served {
  return servedAs({ kind: 'reply', reply }, codeOf(reply), facts);
}

/** A refusal before anybody was asked. */
export function refused(
  code: 400 | 407,
  message: string,
  { reason, bucket, gatewayPercent }: Pick<Served, 'reason' | 'bucket' | 'gatewayPercent'> = {},
): Served {
  const facts = { outcome: 'rejected', backend: 'none', reason, bucket, gatewayPercent } as const;
  return replied({ kind: 'failed', code, message }, facts);
}
