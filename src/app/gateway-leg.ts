// Serves one genuine call by the gateway: the call itself, the old reply, the record of the token.
// Orchestrates translate, gateway and ledger; has never seen an HTTP request, and knows no old service.
import type {
  FailureCause,
  GatewayFailure,
  GatewayOutcome,
  GiveUpSignal,
  OutcomeClass,
} from '../gateway/gateway.ts';
import { hashToken, type Ledger, type TokenRecord } from '../ledger/ledger.ts';
import type { ApplyCall, LegacyReply, QueryCall, RevokeCall } from '../legacy/call.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { answerMarginMs } from '../resilience/deadline.ts';
import type { Patience } from '../resilience/patience.ts';
import type { Reuse } from '../reuse/reuse.ts';
import { expiryOf, longestLifetimeMs, toApplyTokenRequest } from '../translate/to-gateway.ts';
import { toApplyReply, toQueryReply, toRevokeReply } from '../translate/to-legacy.ts';
import { mayName, type Caller } from './accounts.ts';
import { findIssuer, type Search } from './find-issuer.ts';

/** What the gateway made of a call. */
export interface GatewayServed {
  readonly reply: LegacyReply;
  readonly outcome: OutcomeClass;
  /** Whether the gateway was asked at all, for this call or for the one whose token it shares. */
  readonly asked: boolean;
  /** The token was made for another call: an earlier one, or one that was under way. */
  readonly reused?: 'live' | 'shared';
  readonly instanceId?: string;
  readonly failure?: GatewayFailure;
}

export interface GatewayLegDependencies {
  readonly ledger: Ledger;
  readonly reuse: Reuse;
  readonly metrics: Pick<Metrics, 'reused'>;
  /** ms since epoch. */
  readonly now: () => number;
  /** Limit of one gateway call, ms; what is left of the deadline if that is less. */
  readonly timeoutMs: number;
}

/** How long a client waits for its answer: until the deadline, or until it hangs up. */
export type ClientPatience = Pick<Patience, 'deadline' | 'signal'>;

/** Failures are replies; nothing here rejects. */
export interface GatewayLeg {
  /** @param reserveMs time of the deadline that is left for somebody else to try, ms */
  apply(call: ApplyCall, caller: Caller, patience: ClientPatience, reserveMs: number): Promise<GatewayServed>;
  /** Revokes at the instance of the record, or at the one that a search found. */
  revoke(call: RevokeCall, caller: Caller, patience: ClientPatience, issued: Issued): Promise<GatewayServed>;
  query(
    call: QueryCall,
    caller: Caller,
    patience: ClientPatience,
    record: TokenRecord,
  ): Promise<GatewayServed>;
  /** Which of the account's instances knows a token that nobody has a record of. */
  search(token: string, caller: Caller, patience: ClientPatience): Promise<Search>;
}

/** Where a token was issued; the record, where there is one. */
export interface Issued {
  readonly instanceId: string;
  readonly record?: TokenRecord;
}

export function createGatewayLeg(dependencies: GatewayLegDependencies): GatewayLeg {
  const { ledger, reuse, metrics, now, timeoutMs } = dependencies;
  const limits = ({ deadline, signal }: ClientPatience, reserveMs = 0): Patience => ({
    deadline,
    signal,
    callMs: timeoutMs,
    reserveMs,
  });
  const remember = (token: string, caller: Caller, facts: Omit<TokenRecord, 'account' | 'backend'>) =>
    ledger.remember(hashToken(token), {
      account: caller.account.name,
      instanceId: facts.instanceId,
      backend: 'gateway',
      expiresAtMs: facts.expiresAtMs,
      revokedAtMs: facts.revokedAtMs,
    });

  return {
    async apply(call, caller, patience, reserveMs) {
      const instance = instanceFor(call, caller);
      if (!instance.allowed) return { reply: instance.reply, outcome: 'rejected', asked: false };
      const { instanceId } = instance;
      const request = toApplyTokenRequest(call, instanceId);
      const mint = async (signal: GiveUpSignal) => {
        const options = limits({ deadline: patience.deadline, signal }, reserveMs);
        const outcome = await caller.gatewayOf(instanceId).apply(request, options);
        if (outcome.class === 'ok') {
          const expiresAtMs = expiryOf(call, now());
          await remember(outcome.value.token, caller, { instanceId, expiresAtMs });
        }
        return outcome;
      };
      const need = {
        account: caller.account.name,
        accessKey: holderOf(caller),
        instanceId,
        resources: request.resources,
        actions: request.actions,
        expiresAtMs: expiryOf(call, now()),
      };
      const { outcome, how } = await reuse.provide(need, patience.signal, mint);
      if (how !== 'minted' && outcome.class === 'ok') metrics.reused(how);
      return servedBy(outcome, toApplyReply(outcome), instanceId, how === 'minted' ? undefined : how);
    },

    async revoke({ token }, caller, patience, { instanceId, record }) {
      // Before the call: even if its answer is lost, the token may be revoked.
      reuse.forget(token);
      const outcome = await caller.gatewayOf(instanceId).revoke({ token, instanceId }, limits(patience));
      if (outcome.class === 'ok') {
        const expiresAtMs = record?.expiresAtMs ?? now() + longestLifetimeMs;
        await remember(token, caller, { instanceId, expiresAtMs, revokedAtMs: now() });
      }
      return servedBy(outcome, toRevokeReply(outcome), instanceId);
    },

    async query({ token }, caller, patience, { instanceId, expiresAtMs, revokedAtMs }) {
      const outcome = await caller.gatewayOf(instanceId).query({ token, instanceId }, limits(patience));
      const reply = toQueryReply(outcome, {
        expired: expiresAtMs <= now(),
        revoked: revokedAtMs !== undefined,
      });
      // A token known to be bad is a question well answered, whatever code the gateway gave for it.
      return servedBy(reply.kind === 'failed' ? outcome : answeredWell, reply, instanceId);
    },

    search: (token, caller, patience) =>
      findIssuer(caller.account.instances, (instanceId) =>
        patience.deadline.remainingMs() > answerMarginMs
          ? caller.gatewayOf(instanceId).query({ token, instanceId }, limits(patience))
          : undefined,
      ),
  };
}

const answeredWell = { class: 'ok', value: undefined, requestId: undefined } as const;

function servedBy(
  outcome: GatewayOutcome<unknown>,
  reply: LegacyReply,
  instanceId: string,
  reused?: 'live' | 'shared',
): GatewayServed {
  const failure = outcome.class === 'ok' ? undefined : outcome;
  const asked = failure === undefined || !heldBack.has(failure.cause);
  return { reply, outcome: outcome.class, asked, reused, instanceId, failure };
}

/** Failures of calls that never left this server. */
const heldBack: ReadonlySet<FailureCause> = new Set(['quota', 'circuit', 'aborted']);

/** Whose key a token is made for: where the caller's own key asks for it, the broker may want to see that key again. */
function holderOf({ account, accessKey }: Caller): string {
  return account.gateway.credentials.type === 'caller' ? accessKey : '';
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
