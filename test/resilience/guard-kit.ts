// What a guarded call needs around it, on a clock that tests move: breakers, patience, a quota and a gateway that do as
// they are told and note what is done with them.
import type {
  CallOptions,
  Gateway,
  GatewayFailure,
  GatewayOutcome,
  GiveUpSignal,
} from '../../src/gateway/gateway.ts';
import type { BreakerOptions } from '../../src/resilience/breaker-rule.ts';
import type { BreakerChange } from '../../src/resilience/breaker.ts';
import {
  createBreakers,
  type Action,
  type BreakerPlace,
  type Breakers,
} from '../../src/resilience/breakers.ts';
import { startDeadline } from '../../src/resilience/deadline.ts';
import { guardGateway, type TurnGiver } from '../../src/resilience/guarded-gateway.ts';
import type { Patience } from '../../src/resilience/patience.ts';

/** The defaults of the configuration. */
export const defaults: BreakerOptions = {
  consecutive: 5,
  errorPercent: 50,
  minCalls: 20,
  windowMs: 10_000,
  openForMs: 2_000,
  openAtMostMs: 5_000,
};

export const okOutcome = { class: 'ok', value: { token: 't' }, requestId: 'r' } as const;

export function failureOf(
  cause: GatewayFailure['cause'],
  rest: Partial<GatewayFailure> = {},
): GatewayFailure {
  return { class: 'fault', cause, code: 'Code', message: 'm', ...rest };
}

export const unconnected = failureOf('unconnected', { code: 'ConnectionRefused' });
export const reused = failureOf('broken', { code: 'ConnectionBroken', reusedConnection: true });

/** What the gateway is to do with a call. */
export interface GatewayStep {
  readonly outcome: GatewayOutcome<{ token: string }> | 'throw';
  /** Whether it writes the request; default: whatever is not `unconnected`. */
  readonly sends?: boolean;
  /** How long it takes; never beyond its limit. */
  readonly tookMs?: number;
}

/** What the quota is to do with a call. */
export interface QuotaStep {
  readonly kind: 'turn' | 'too-late' | 'full' | 'left' | 'closed' | 'throw';
  /** How long it takes; never beyond what the caller can wait. */
  readonly tookMs?: number;
}

export interface Permit {
  sent: number;
  unused: number;
}

export interface GuardBench {
  clockMs: number;
  /** Taken in order; when there are no more, all is well. */
  readonly gatewaySteps: GatewayStep[];
  readonly quotaSteps: QuotaStep[];
  readonly calls: readonly CallOptions[];
  /** How long each call could wait for its turn, ms. */
  readonly waits: readonly number[];
  /** With which signals. */
  readonly waitSignals: readonly GiveUpSignal[];
  readonly permits: readonly Permit[];
  readonly overflows: readonly string[];
  readonly retries: readonly string[];
  readonly changes: readonly (BreakerPlace & BreakerChange)[];
  readonly breakers: Breakers;
  /** How often the gateway inside was closed. */
  readonly closed: () => number;
  /** Called while a call is under way, after it was sent. */
  underWay: () => void;
  patience(options?: Partial<Patience> & { totalMs?: number }): Patience;
  apply(patience?: Patience): Promise<GatewayOutcome<{ token: string }>>;
  readonly gateway: Gateway<Patience>;
}

export const gatewayUrl = 'https://gateway.test';
const request = { instanceId: 'i', actions: 'R', resources: ['a'], expireTimeMs: 1 } as const;

export function guardBench(options: BreakerOptions = defaults): GuardBench {
  let clockMs = 1_000;
  let closed = 0;
  const calls: CallOptions[] = [];
  const waits: number[] = [];
  const waitSignals: GiveUpSignal[] = [];
  const permits: Permit[] = [];
  const overflows: string[] = [];
  const retries: string[] = [];
  const changes: (BreakerPlace & BreakerChange)[] = [];

  const call = async (callOptions: CallOptions): Promise<GatewayOutcome<{ token: string }>> => {
    await Promise.resolve();
    calls.push(callOptions);
    const { outcome, sends, tookMs = 0 } = bench.gatewaySteps.shift() ?? { outcome: okOutcome };
    const writes =
      sends ?? (outcome === 'throw' || outcome.class === 'ok' || outcome.cause !== 'unconnected');
    if (writes) callOptions.onSend?.();
    bench.underWay();
    clockMs += Math.min(tookMs, callOptions.timeoutMs);
    if (outcome === 'throw') throw new TypeError('https://gateway.test/?Token=planted');
    return outcome;
  };
  const inner: Gateway = {
    apply: (_request, callOptions) => call(callOptions),
    revoke: (_request, callOptions) => call(callOptions),
    query: async (_request, callOptions) => {
      const outcome = await call(callOptions);
      return outcome.class === 'ok' ? { ...outcome, value: { valid: true } } : outcome;
    },
    close: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
  const quota: TurnGiver = {
    turn: async (_account, _action, { forMs, signal }) => {
      await Promise.resolve();
      waits.push(forMs);
      waitSignals.push(signal);
      const { kind, tookMs = 0 } = bench.quotaSteps.shift() ?? { kind: 'turn' };
      clockMs += Math.min(tookMs, forMs);
      if (kind === 'throw') throw new Error('quota');
      if (kind !== 'turn') return { kind: 'none', reason: kind, retryAfterMs: 321 };
      const permit = { sent: 0, unused: 0 };
      permits.push(permit);
      return {
        kind: 'turn',
        permit: { sent: () => (permit.sent += 1), unused: () => (permit.unused += 1) },
      };
    },
    overflowed: (account, action) => overflows.push(`${account} ${action}`),
  };
  const breakers = createBreakers(options, {
    monotonicMs: () => clockMs,
    now: () => clockMs,
    changed: (change) => changes.push(change),
  });
  const gateway = guardGateway(inner, {
    account: 'shop',
    quota,
    breakers: breakers.of('gateway', gatewayUrl),
    retried: (action: Action, cause) => retries.push(`${action} ${cause}`),
  });
  const bench: GuardBench = {
    get clockMs() {
      return clockMs;
    },
    set clockMs(ms) {
      clockMs = ms;
    },
    closed: () => closed,
    gatewaySteps: [],
    quotaSteps: [],
    calls,
    waits,
    waitSignals,
    permits,
    overflows,
    retries,
    changes,
    breakers,
    underWay: () => undefined,
    patience: ({ totalMs = 4_500, ...rest } = {}) => ({
      deadline: startDeadline(totalMs, () => clockMs),
      signal: new AbortController().signal,
      callMs: 3_000,
      reserveMs: 0,
      ...rest,
    }),
    apply: (patience = bench.patience()) => gateway.apply(request, patience),
    gateway,
  };
  return bench;
}
