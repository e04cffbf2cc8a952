// What the admin API asks of the rest of the product: narrow interfaces, declared here and satisfied by app.
// No implementation, and nothing of how the answers look.

import type { RolloutReading } from './rollout-sources.ts';

/** Whether a value speaks for all replicas that share a store, or for this process alone. */
export type Scope = 'fleet' | 'replica';

export interface StatusFacts {
  readonly version: string;
  /** ms since epoch. */
  readonly startedAtMs: number;
  /** Configuration loaded, listeners open, not draining. */
  readonly ready: boolean;
  readonly backends: {
    /** Base address; absent where there is no old service. */
    readonly legacy?: { readonly url: string };
    /** Base address of the default region. */
    readonly gateway: { readonly url: string };
  };
  readonly store: {
    readonly kind: 'memory' | 'lmdb' | 'redis';
    readonly up: boolean;
    /** What is wrong, for people. */
    readonly problem?: string;
    /** Reads and writes that failed since the start. */
    readonly errors: number;
    /** Records in memory until the store takes them; lost if the process dies before. */
    readonly waiting: number;
    /** Records given up since the start, because too many were waiting. */
    readonly givenUp: number;
  };
  /** Records of issued tokens. */
  readonly ledgerTokens: number;
  readonly quotas: QuotaReading;
  readonly rollout: Pick<RolloutReading, 'state' | 'step' | 'gatewayPercent' | 'reason'>;
  /** Of every backend and action that has been called, one for each address. */
  readonly breakers: readonly BreakerReading[];
}

/** What is left towards the gateway; `QuotaReading` of quota/quota.ts is one. */
export interface QuotaReading {
  /** Whose budgets are in force: this replica's own, the fleet's, its share of them, or none for the moment. */
  readonly mode: 'own' | 'shared' | 'pause' | 'share';
  readonly budgets: readonly {
    readonly scope: 'account' | 'address';
    readonly account?: string;
    readonly action: ExplainedOperation;
    /** Calls in any second, less the headroom. */
    readonly limit: number;
    readonly used: number;
  }[];
  readonly waiting: Readonly<Record<ExplainedOperation, number>>;
}

export interface BreakerReading {
  readonly backend: 'legacy' | 'gateway';
  readonly action: ExplainedOperation;
  /** Whose address it guards. */
  readonly destination: string;
  readonly state: 'closed' | 'half_open' | 'open';
  /** When it came into this state, ms since epoch. */
  readonly sinceMs: number;
  /** What brought it there, for people; absent while it has always been closed. */
  readonly why?: string;
}

/** What the split does by configuration. */
export interface SplitRules {
  /** What stays together. */
  readonly key: readonly string[];
  /** Of the file; first match wins. */
  readonly overrides: readonly {
    readonly account?: string;
    readonly instanceId?: string;
    readonly gatewayPercent: number;
  }[];
  /** Every configured account; without an old service of its own or the common one, its weight means nothing. */
  readonly accounts: readonly { readonly name: string; readonly hasOldService: boolean }[];
  /** Whether any call has an old service to go to. */
  readonly hasOldService: boolean;
}

export interface DialReading {
  readonly version: number;
  readonly gatewayPercent: number;
  /** Weights set at run time, by account name. */
  readonly accounts: Readonly<Record<string, number>>;
  readonly forced: boolean;
}

/** What an operator can order here; the file and a rollout give other orders elsewhere. */
export type OperatorOrder =
  | { readonly kind: 'weight'; readonly gatewayPercent: number }
  | { readonly kind: 'account'; readonly account: string; readonly gatewayPercent: number | null }
  | { readonly kind: 'all-back' };

export interface OrderOrigin {
  readonly by: string;
  readonly reason?: string;
}

/** One change, as the history keeps it. */
export interface HistoryChange extends OrderOrigin {
  readonly atMs: number;
  readonly kind: string;
  readonly account?: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly version: number;
  /** Of a rollout's transition: the state it came into, the index of its step, and what it was decided on. */
  readonly toState?: string;
  readonly step?: number;
  readonly evidence?: unknown;
}

/** The dial of the split; `Dial` of split/dial.ts is one. */
export interface DialSource {
  state(): DialReading;
  /**
   * The state in force afterwards. Rejects when the order had to be kept first and could not be: then nothing has changed,
   * unless the store was only late.
   */
  order(order: OperatorOrder, origin: OrderOrigin): Promise<DialReading>;
  /** Its own changes, newest first. Rejects when the store cannot be read. */
  history(most: number): Promise<readonly HistoryChange[]>;
  /** What is in force but not kept, for people; undefined when all is kept. */
  problem(): string | undefined;
}

/** One budget of the gateway under another weight; `Projection` of split/projection.ts is one. */
export interface ProjectedUse {
  readonly scope: 'account' | 'address';
  readonly account?: string;
  readonly action: ExplainedOperation;
  /** Calls/s to be expected by the rates of late. */
  readonly projected: number;
  /** Calls/s, less the headroom. */
  readonly limit: number;
}

/** What an order would mean for the gateway's quotas, the fullest budget first. */
export type ProjectionSource = (order: OperatorOrder) => readonly ProjectedUse[];

/** An operation of the old protocol. */
export type ExplainedOperation = 'apply' | 'revoke' | 'query';

export type PastedExplanation =
  /** What `explain --json` prints. */
  | { readonly ok: true; readonly explanation: object }
  /** The text is no request; the problem repeats nothing secret of it. */
  | { readonly ok: false; readonly problem: string };

/** Explains a pasted request: a query string, a form body, a URL or a `curl` command. */
export type ExplainSource = (
  text: string,
  operation: ExplainedOperation | undefined,
) => Promise<PastedExplanation>;
