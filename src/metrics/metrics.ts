// What can be counted, as verbs in the words of the domain (SPEC section 6). Every label value comes from a closed or
// configured set. How it is counted is in prometheus.ts.
import type { OutcomeClass } from '../gateway/gateway.ts';
import type { SignatureAgreement } from '../legacy/agreement.ts';
import type { LegacyCode } from '../legacy/call.ts';
import type { Operation } from '../legacy/operations.ts';

export type Backend = 'legacy' | 'gateway';

/** Why a backend was chosen. */
export type DecisionReason =
  'weight' | 'override' | 'issuer' | 'no-record' | 'unknown-account' | 'only-backend' | 'forced';

export interface AnsweredCall {
  readonly operation: Operation;
  readonly backend: Backend | 'none';
  /** Name of the account, when it is known. */
  readonly account: string | undefined;
  readonly outcome: OutcomeClass;
  readonly code: LegacyCode | 'unreadable';
  readonly durationMs: number;
}

export interface BackendCall {
  readonly backend: Backend;
  readonly action: Operation;
  readonly outcome: OutcomeClass;
  readonly durationMs: number;
}

/** One budget towards the gateway as it is now; `BudgetUse` of quota/quota.ts is one. */
export interface BudgetFigures {
  readonly scope: 'account' | 'address';
  readonly account?: string;
  readonly action: Operation;
  /** Calls per second. */
  readonly limit: number;
  readonly used: number;
}

export interface QuotaFigures {
  /** Whose budgets are in force. */
  readonly mode: QuotaMode;
  readonly budgets: readonly BudgetFigures[];
  /** Calls that wait for their turn. */
  readonly waiting: Readonly<Record<Operation, number>>;
}

export const quotaModes = ['own', 'shared', 'pause', 'share'] as const;
export type QuotaMode = (typeof quotaModes)[number];

export const breakerStates = ['closed', 'half_open', 'open'] as const;
export type BreakerState = (typeof breakerStates)[number];

export interface BreakerFigures {
  readonly backend: Backend;
  readonly action: Operation;
  readonly state: BreakerState;
}

export const rolloutStateNames = [
  'idle',
  'progressing',
  'holding',
  'paused',
  'aborted',
  'completed',
] as const;
export type RolloutStateName = (typeof rolloutStateNames)[number];

export const shadowResultNames = ['match', 'mismatch', 'error', 'dropped'] as const;
export type ShadowResultName = (typeof shadowResultNames)[number];

export interface RolloutFigures {
  readonly state: RolloutStateName;
  /** Index into the steps; null before the first rollout. */
  readonly step: number | null;
}

export interface Metrics {
  answered(call: AnsweredCall): void;
  decided(backend: Backend, reason: DecisionReason): void;
  backendCalled(call: BackendCall): void;
  /** The gateway's clock minus ours, seconds. */
  clockOffset(seconds: number): void;
  /** Share of apply calls that goes to the gateway, 0 to 1. */
  weightChanged(gatewayRatio: number): void;
  /** The first choice failed and the other side was asked. */
  fellBack(action: Operation, cause: OutcomeClass): void;
  /** A backend gave no readable answer to an apply call: it may have made a token all the same. */
  possiblyLost(backend: Backend): void;
  /** A call was made a second time, as the first cannot have been carried out, or hardly. */
  retried(action: Operation, cause: 'unconnected' | 'reused-connection'): void;
  /** A token was handed out that the gateway made for somebody else of the same account. */
  reused(how: 'live' | 'shared'): void;
  /** A call got its turn after waiting for it. */
  quotaWaited(action: Operation, ms: number): void;
  quotaRefused(action: Operation): void;
  /** Most of a budget is used: said before calls are refused. */
  quotaNearlyUsed(scope: 'account' | 'address', action: Operation): void;
  /** The gateway said that an account is over its rate, and its budget was lowered. */
  quotaHeldBack(action: Operation): void;
  /** The rollout came into a state. */
  rolloutMoved(state: RolloutStateName): void;
  /** Our verdict on a signature beside the old service's. */
  signaturesCompared(account: string, verdict: SignatureAgreement): void;
  /** A call that the old service answered was tried at the gateway too, or was to be. */
  shadowed(result: ShadowResultName): void;
  configReloaded(result: 'ok' | 'refused', nowMs: number): void;
  /** Names that get a label of their own; every other account is `other`. */
  accountsConfigured(names: readonly string[]): void;
  /** End of the validity of a listener's certificate, ms since epoch. */
  certificateLoaded(listener: string, notAfterMs: number): void;
}

export interface MetricsSources {
  readonly version: string;
  /** Requests being worked on. */
  readonly inflight: () => number;
  /** Records in the ledger. */
  readonly ledgerTokens: () => number;
  /** 1 or 0. */
  readonly storeUp: () => number;
  /** Reads and writes that failed since the start. */
  readonly storeErrors: () => number;
  readonly quota: () => QuotaFigures;
  /** One for each backend and action: the worst over its addresses. */
  readonly breakers: () => readonly BreakerFigures[];
  readonly rollout: () => RolloutFigures;
  /** How many accounts get a label of their own. */
  readonly accountLabels: number;
}
