// From gateway outcomes to old replies: the table of PROTOCOL section 5. Pure and total.
// Codes 1, 2 and 3 are said only of a token known to be bad, never because something failed.
import type { GatewayFailure, GatewayOutcome, OutcomeClass } from '../gateway/gateway.ts';
import type { LegacyReply } from '../legacy/call.ts';
import type { Operation } from '../legacy/operations.ts';

type Failed = Extract<LegacyReply, { kind: 'failed' }>;
type FailureCode = 400 | 409 | 410;

const failureCodes = {
  apply: { rejected: 400, denied: 409, throttled: 409, fault: 409 },
  revoke: { rejected: 410, denied: 410, throttled: 410, fault: 410 },
  query: { rejected: 409, denied: 409, throttled: 409, fault: 409 },
} as const satisfies Record<Operation, Record<Exclude<OutcomeClass, 'ok'>, FailureCode>>;

/** A failure in old words: the gateway's `Code`, its `Message` and the `RequestId`, for whoever reads the client's log. */
export function toFailedReply(operation: Operation, failure: GatewayFailure): Failed {
  return { kind: 'failed', code: failureCodes[operation][failure.class], message: describeFailure(failure) };
}

/** `Code: Message (RequestId …)`. */
export function describeFailure({ code, message, requestId }: GatewayFailure): string {
  const what = message === '' ? code : `${code}: ${message}`;
  return requestId === undefined ? what : `${what} (RequestId ${requestId})`;
}

export function toApplyReply(outcome: GatewayOutcome<{ token: string }>): LegacyReply {
  return outcome.class === 'ok'
    ? { kind: 'applied', token: outcome.value.token }
    : toFailedReply('apply', outcome);
}

export function toRevokeReply(outcome: GatewayOutcome<unknown>): LegacyReply {
  return outcome.class === 'ok' ? { kind: 'revoked' } : toFailedReply('revoke', outcome);
}

/** What is known of a token beside the gateway's word. */
export interface TokenKnowledge {
  readonly expired: boolean;
  readonly revoked: boolean;
}

/** A parameter code stands for a token that the instance does not know (PROTOCOL sections 2 and 5). */
export function toQueryReply(
  outcome: GatewayOutcome<{ valid: boolean }>,
  knowledge: TokenKnowledge,
): LegacyReply {
  if (outcome.class === 'ok' && outcome.value.valid) return { kind: 'valid' };
  if (outcome.class === 'ok' || outcome.class === 'rejected') return badToken(knowledge);
  return toFailedReply('query', outcome);
}

/** 2 when its recorded expiry has passed, 3 when it was revoked through the proxy, else 1. */
export function badToken({ expired, revoked }: TokenKnowledge): LegacyReply {
  if (expired) return { kind: 'bad-token', code: 2, message: 'the token has expired' };
  if (revoked) return { kind: 'bad-token', code: 3, message: 'the token has been revoked' };
  return {
    kind: 'bad-token',
    code: 1,
    message: 'the token is forged, or no instance of this account knows it',
  };
}

/** What revoke answers for a token that every instance was asked about and none knows. */
export const unknownToken: LegacyReply = {
  kind: 'failed',
  code: 410,
  message: 'the token is forged, or no instance of this account knows it',
};
