// Serves one genuine call by the gateway: which instance, the call itself, the old reply, the record of the token.
// Orchestrates translate, gateway and ledger; has never seen an HTTP request.
import type { GatewayFailure, GatewayOutcome, OutcomeClass } from '../gateway/gateway.ts';
import { hashToken, type Ledger, type TokenHash, type TokenRecord } from '../ledger/ledger.ts';
import type { ApplyCall, LegacyCall, LegacyReply, QueryCall, RevokeCall } from '../legacy/call.ts';
import type { Backend, DecisionReason } from '../metrics/metrics.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { expiryOf, longestLifetimeMs, toApplyTokenRequest } from '../translate/to-gateway.ts';
import { badToken, toApplyReply, toQueryReply, toRevokeReply, unknownToken } from '../translate/to-legacy.ts';
import { mayName, type Caller } from './accounts.ts';
import { findIssuer, type Search } from './find-issuer.ts';

/** What came of a call, and why it went where it went. */
export interface Served {
  readonly reply: LegacyReply;
  readonly outcome: OutcomeClass;
  /** `none`: refused without asking anybody; then there is no reason either. */
  readonly backend: Backend | 'none';
  readonly reason?: DecisionReason;
  readonly instanceId?: string;
  /** The gateway's failure behind a failed reply. */
  readonly failure?: GatewayFailure;
}

export interface GatewayLegDependencies {
  readonly ledger: Ledger;
  /** ms since epoch. */
  readonly now: () => number;
  /** Limit of one gateway call, ms; what is left of the deadline if that is less. */
  readonly timeoutMs: number;
}

/** Serves a call. Failures are replies; it never rejects. */
export type GatewayLeg = (call: LegacyCall, caller: Caller, deadline: Deadline) => Promise<Served>;

const backend = 'gateway';

/** Kept back from the deadline, ms, so that a failure at the last moment can still be told in time. */
const answerMarginMs = 100;

export function createGatewayLeg({ ledger, now, timeoutMs }: GatewayLegDependencies): GatewayLeg {
  const limits = (deadline: Deadline) => ({
    timeoutMs: Math.max(1, Math.min(timeoutMs, deadline.remainingMs() - answerMarginMs)),
  });

  async function apply(call: ApplyCall, caller: Caller, deadline: Deadline): Promise<Served> {
    const instance = instanceFor(call, caller);
    if (!instance.allowed) return { reply: instance.reply, outcome: 'rejected', backend: 'none' };
    const { instanceId } = instance;
    const request = toApplyTokenRequest(call, instanceId);
    const outcome = await caller.gatewayOf(instanceId).apply(request, limits(deadline));
    if (outcome.class === 'ok') {
      const account = caller.account.name;
      const record = { account, instanceId, backend, expiresAtMs: expiryOf(call, now()) } as const;
      await ledger.remember(hashToken(outcome.value.token), record);
    }
    return { ...ending(outcome), reply: toApplyReply(outcome), backend, reason: 'only-backend', instanceId };
  }

  async function revoke(call: RevokeCall, caller: Caller, deadline: Deadline): Promise<Served> {
    const hash = hashToken(call.token);
    const record = await recordOf(hash, caller);
    const reason = record === undefined ? 'no-record' : 'issuer';
    const issuer = record ?? (await search(call.token, caller, deadline));
    if ('kind' in issuer && issuer.kind !== 'found') return notFound('revoke', issuer);
    const { instanceId } = issuer;
    const request = { token: call.token, instanceId };
    const outcome = await caller.gatewayOf(instanceId).revoke(request, limits(deadline));
    if (outcome.class === 'ok') {
      const account = caller.account.name;
      const expiresAtMs = record?.expiresAtMs ?? now() + longestLifetimeMs;
      const revoked = { account, instanceId, backend, expiresAtMs, revokedAtMs: now() } as const;
      await ledger.remember(hash, revoked);
    }
    return { ...ending(outcome), reply: toRevokeReply(outcome), backend, reason, instanceId };
  }

  async function query(call: QueryCall, caller: Caller, deadline: Deadline): Promise<Served> {
    const record = await recordOf(hashToken(call.token), caller);
    if (record === undefined) {
      const issuer = await search(call.token, caller, deadline);
      if (issuer.kind !== 'found') return notFound('query', issuer);
      const { instanceId } = issuer;
      return { reply: { kind: 'valid' }, outcome: 'ok', backend, reason: 'no-record', instanceId };
    }
    const { instanceId } = record;
    const request = { token: call.token, instanceId };
    const outcome = await caller.gatewayOf(instanceId).query(request, limits(deadline));
    const expired = record.expiresAtMs <= now();
    const reply = toQueryReply(outcome, { expired, revoked: record.revokedAtMs !== undefined });
    // A token known to be bad is a question well answered, whatever code the gateway gave for it.
    const end = reply.kind === 'failed' ? ending(outcome) : { outcome: 'ok' as const };
    return { ...end, reply, backend, reason: 'issuer', instanceId };
  }

  /** A record of a token that belongs to another account counts as none. */
  async function recordOf(hash: TokenHash, caller: Caller): Promise<TokenRecord | undefined> {
    const record = await ledger.find(hash);
    return record?.account === caller.account.name ? record : undefined;
  }

  const search = (token: string, caller: Caller, deadline: Deadline): Promise<Search> =>
    findIssuer(caller.account.instances, (instanceId) =>
      deadline.remainingMs() > answerMarginMs
        ? caller.gatewayOf(instanceId).query({ token, instanceId }, limits(deadline))
        : undefined,
    );

  return (call, caller, deadline) => {
    switch (call.operation) {
      case 'apply':
        return apply(call, caller, deadline);
      case 'revoke':
        return revoke(call, caller, deadline);
      case 'query':
        return query(call, caller, deadline);
    }
  };
}

function ending(outcome: GatewayOutcome<unknown>): Pick<Served, 'outcome' | 'failure'> {
  return outcome.class === 'ok' ? { outcome: 'ok' } : { outcome: outcome.class, failure: outcome };
}

function notFound(operation: 'revoke' | 'query', search: Exclude<Search, { kind: 'found' }>): Served {
  const decision = { backend, reason: 'no-record' } as const;
  if (search.kind === 'unknown') {
    return operation === 'query'
      ? { ...decision, reply: badToken({ expired: false, revoked: false }), outcome: 'ok' }
      : { ...decision, reply: unknownToken, outcome: 'rejected' };
  }
  const code = operation === 'query' ? 409 : 410;
  const reply = { kind: 'failed', code, message: search.message } as const;
  const { failure } = search;
  return failure === undefined
    ? { ...decision, reply, outcome: 'rejected' }
    : { ...decision, reply, outcome: failure.class, failure };
}

export type ChosenInstance =
  | { readonly allowed: true; readonly instanceId: string }
  | { readonly allowed: false; readonly reply: LegacyReply };

/** The instance that a request names, or the account's first; none that the account's list does not hold. */
export function instanceFor(call: ApplyCall, { account }: Pick<Caller, 'account'>): ChosenInstance {
  const instanceId = call.instanceId ?? account.instances[0]?.id;
  if (instanceId !== undefined && mayName(account, instanceId)) return { allowed: true, instanceId };
  const message =
    instanceId === undefined
      ? `instanceId is missing, and no instance is configured for account ${account.name} to stand in`
      : `instanceId ${instanceId} is not among the instances configured for account ${account.name}`;
  return { allowed: false, reply: { kind: 'failed', code: 400, message } };
}
