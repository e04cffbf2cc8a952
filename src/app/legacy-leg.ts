// Hands a call to the old service and reads what its answer means: outcome class, token, verdict on the signature.
// The answer itself is passed on untouched.
import type { OutcomeClass } from '../gateway/gateway.ts';
import { hashToken, type Ledger } from '../ledger/ledger.ts';
import { compareVerdicts } from '../legacy/agreement.ts';
import type { LegacyCode } from '../legacy/call.ts';
import type { LegacyAnswer, OldService } from '../legacy/old-service.ts';
import { operations } from '../legacy/operations.ts';
import { single } from '../legacy/parameters.ts';
import { readLegacyAnswer, type Tapped } from '../legacy/tap.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Breakers } from '../resilience/breakers.ts';
import { guardOldService, type GuardedAnswer } from '../resilience/guarded-old-service.ts';
import { longestLifetimeMs } from '../translate/to-gateway.ts';
import type { Incoming, KnownCall } from './incoming.ts';
import { namedInstance } from './key-facts.ts';
import { replied, servedAs, type Served } from './served.ts';

/** What one try at the old service came to. Made with all its fields, in this order: its many readers meet one shape. */
export interface LegacyTry {
  readonly outcome: OutcomeClass;
  /** Of the answer's body; undefined where there is none. */
  readonly code: number | undefined;
  /** Absent when no whole answer came. */
  readonly answer?: LegacyAnswer;
  /** How long the answer took, ms. */
  readonly durationMs?: number;
  /** For people, when no answer came. */
  readonly problem?: string;
  /** Whether the old service was asked at all. */
  readonly asked: boolean;
  /** After how long another try is worth while, ms, where that is known. */
  readonly retryAfterMs?: number;
  /** Whether the old service may have carried the call out although no answer came. */
  readonly mayHaveHappened: boolean;
}

export interface LegacyLegDependencies {
  readonly oldService: OldService;
  readonly breakers: Pick<Breakers, 'of'>;
  readonly ledger: Ledger;
  readonly metrics: Pick<Metrics, 'backendCalled' | 'signaturesCompared' | 'retried' | 'possiblyLost'>;
  /** ms since epoch. */
  readonly now: () => number;
  /** Limit of one call, ms; what is left of the deadline if that is less. */
  readonly timeoutMs: number;
}

export interface LegacyLeg {
  /**
   * One try, repeated once where that is safe; counts it, compares verdicts and remembers what was issued or revoked.
   * Never rejects.
   * @param reserveMs time of the deadline that is left for somebody else to try, ms
   */
  attempt(call: Incoming | KnownCall, baseUrl: string, reserveMs?: number): Promise<LegacyTry>;
}

export function createLegacyLeg(dependencies: LegacyLegDependencies): LegacyLeg {
  const { oldService, breakers, ledger, metrics, now, timeoutMs } = dependencies;
  const guarded = guardOldService(oldService, {
    breakersOf: (baseUrl) => breakers.of('legacy', baseUrl),
    read: readLegacyAnswer,
    called: (action, outcome, durationMs) =>
      metrics.backendCalled({ backend: 'legacy', action, outcome, durationMs }),
    retried: (action, cause) => {
      metrics.retried(action, cause);
      if (action === 'apply' && cause === 'reused-connection') metrics.possiblyLost('legacy');
    },
  });

  function remember({ caller, parameters }: KnownCall, token: string): Promise<void> {
    const expireTime = Number(single(parameters, 'expireTime'));
    const latest = now() + longestLifetimeMs;
    return ledger.remember(hashToken(token), {
      account: caller.account.name,
      instanceId: namedInstance(parameters, caller.account) ?? '',
      backend: 'legacy',
      expiresAtMs: Number.isFinite(expireTime) ? Math.min(expireTime, latest) : latest,
    });
  }

  async function rememberRevoked(call: KnownCall): Promise<void> {
    const hash = hashToken(single(call.parameters, 'token') ?? '');
    const account = call.caller.account.name;
    const known = await ledger.find(hash);
    const unknown = {
      account,
      instanceId: '',
      backend: 'legacy',
      expiresAtMs: now() + longestLifetimeMs,
    } as const;
    await ledger.remember(hash, { ...(known?.account === account ? known : unknown), revokedAtMs: now() });
  }

  return {
    async attempt(call, baseUrl, reserveMs = 0) {
      const { request, raw, operation, deadline, signal } = call;
      const patience = { deadline, signal, callMs: timeoutMs, reserveMs };
      const known = 'caller' in call ? call : undefined;
      const isGenuine = known?.verdict.genuine ?? false;
      const forwarded = { action: operation, baseUrl, request, body: raw.body, isGenuine };
      const result = await guarded.forward(forwarded, patience);
      if (result.kind !== 'answer') return unanswered(result);
      const { code, outcome, token } = result.reading;
      if (known !== undefined) {
        const agreement = compareVerdicts(isGenuine, operation, code);
        if (agreement !== undefined) metrics.signaturesCompared(known.caller.account.name, agreement);
        if (token !== undefined) await remember(known, token);
        if (operation === 'revoke' && code === 200) await rememberRevoked(known);
      }
      const { answer, durationMs } = result;
      return {
        outcome,
        code,
        answer,
        durationMs,
        problem: undefined,
        asked: true,
        retryAfterMs: undefined,
        mayHaveHappened: code === undefined,
      };
    },
  };
}

type Unanswered = Exclude<GuardedAnswer<LegacyAnswer, Tapped>, { readonly kind: 'answer' }>;

function unanswered(result: Unanswered): LegacyTry {
  const wasAsked = result.kind === 'failure';
  return {
    outcome: 'fault',
    code: undefined,
    answer: undefined,
    durationMs: undefined,
    problem: `the old service ${
      wasAsked ? `${problems[result.cause]} (${result.detail})` : notAsked[result.cause]
    }`,
    asked: wasAsked,
    retryAfterMs: result.cause === 'circuit' ? result.retryAfterMs : undefined,
    mayHaveHappened: wasAsked && result.cause !== 'unconnected',
  };
}

const notAsked = {
  circuit: 'failed again and again, and is not asked for the moment',
  deadline: 'was not asked, as no time was left',
} as const;

const problems = {
  unconnected: 'could not be reached',
  broken: 'broke off its answer',
  timeout: 'did not answer in time',
  unreadable: 'gave an answer that cannot be passed on',
} as const;

/** A try as what the client is told: the old service's own answer, or ours where it gave none. */
export function servedByLegacy(
  { operation }: Incoming,
  { answer, code, outcome, problem = '', asked, retryAfterMs }: LegacyTry,
  facts: Pick<Served, 'reason'> & Partial<Served>,
): Served {
  const { reason, account, accessKey, instanceId, parameters, bucket, gatewayPercent, fallbackFrom } = facts;
  const known = {
    outcome,
    backend: asked ? 'legacy' : 'none',
    reason,
    account,
    accessKey,
    instanceId,
    parameters,
    bucket,
    gatewayPercent,
    retryAfterMs,
    fallbackFrom,
  } as const;
  if (answer === undefined) {
    return replied({ kind: 'failed', code: operations[operation].failureCode, message: problem }, known);
  }
  return servedAs({ kind: 'forwarded', answer }, documented.get(code ?? -1) ?? 'unreadable', known);
}

const documented: ReadonlyMap<number, LegacyCode> = new Map(
  ([200, 400, 407, 409, 410, 1, 2, 3] as const).map((code) => [code, code]),
);
