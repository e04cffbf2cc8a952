// The seam of the quota: whoever wants to call the gateway asks for its turn, and may call once it has a permit.
// Knows accounts and actions by name only; what a call is, and what is said to a client, is others' business.
import type { GiveUpSignal } from '../gateway/gateway.ts';

export const quotaActions = ['apply', 'query', 'revoke'] as const;
/** The gateway counts each of its three APIs by itself (PROTOCOL section 2, limits). */
export type QuotaAction = (typeof quotaActions)[number];

/** Leave to send one call. Exactly one of the two is to be called, once; a second call does nothing. */
export interface Permit {
  /** The call is being written at this moment; from now on it counts for one second. */
  sent(): void;
  /** Nothing was sent, and nothing will be. */
  unused(): void;
}

/**
 * Why there is no permit. `too-late`: the turn would come after the time that the caller can wait; `full`: too many wait;
 * `left`: the caller's signal; `closed`: the server is stopping.
 */
export type NoTurnReason = 'too-late' | 'full' | 'left' | 'closed';

export type Turn =
  | { readonly kind: 'turn'; readonly permit: Permit }
  | {
      readonly kind: 'none';
      readonly reason: NoTurnReason;
      /** When a call like this one would find its turn in time, from now, ms. */
      readonly retryAfterMs: number;
    };

export interface Waiting {
  /** How long the caller can wait for its turn, ms. */
  readonly forMs: number;
  /** Aborted when nobody waits for the call any more: it leaves the queue. */
  readonly signal?: GiveUpSignal;
}

/** What an operator allows towards the gateway, calls per second. */
export interface QuotaRules {
  /** Of one account, before the headroom. */
  accountLimit(account: string, action: QuotaAction): number;
  /** Of everything that leaves through one address, before the headroom. */
  readonly perAddress: Readonly<Record<QuotaAction, number>>;
  /** Left unused of both, percent. */
  readonly headroomPercent: number;
  /** How many replicas share the budgets while nothing shared tells them of each other. */
  readonly replicas: number;
}

/** One budget as it is now. */
export interface BudgetUse {
  readonly scope: 'account' | 'address';
  /** With scope `account`. */
  readonly account?: string;
  readonly action: QuotaAction;
  /** Calls that this budget allows in any second, less the headroom and whatever is held back now. */
  readonly limit: number;
  /** Calls sent within the last second, and those that have a permit. */
  readonly used: number;
}

/**
 * Whose budgets are in force. `own`: there is no shared store, this process has its part (1/replicas); `shared`: the
 * fleet's; `pause`: the shared store does not answer, and what it gave out last must be over before `share`: this
 * replica's part of the fleet's budgets.
 */
export type QuotaMode = 'own' | 'shared' | 'pause' | 'share';

export interface QuotaReading {
  readonly mode: QuotaMode;
  /** Budgets that were used within the last second or that calls wait for, and every address budget. */
  readonly budgets: readonly BudgetUse[];
  /** Calls that wait for their turn, by action. */
  readonly waiting: Readonly<Record<QuotaAction, number>>;
}

/** What happens, for metrics and the log. */
export interface QuotaEvents {
  /** A turn was given after waiting this long, ms. */
  waited(action: QuotaAction, ms: number): void;
  refused(account: string, action: QuotaAction, reason: NoTurnReason): void;
  /** Most of a budget is used, or calls have begun to wait; said before the first refusal, and not again for a while. */
  nearlyUsed(budget: BudgetUse): void;
  /** The gateway said that the account is over; the budget is held back to `limit` calls/s. */
  heldBack(account: string, action: QuotaAction, limit: number): void;
  /** The account has its whole limit again, calls/s; said at its first call, or reading, after that. */
  released(account: string, action: QuotaAction, limit: number): void;
  modeChanged(mode: QuotaMode): void;
}

export interface Quota {
  /** Resolves to a permit, or to why there is none. Never rejects; at once where waiting would be in vain. */
  turn(account: string, action: QuotaAction, waiting: Waiting): Promise<Turn>;
  /**
   * Leave for a call that no client waits for: only while nobody waits for the action and, with it, at most half of both
   * budgets is used. Never waits, never counts as a refusal, never rejects; undefined where nothing is to spare.
   */
  spareTurn(account: string, action: QuotaAction): Promise<Permit | undefined>;
  /** The gateway refused a call of the account for its rate, although we had thought it within. */
  overflowed(account: string, action: QuotaAction): void;
  reading(): QuotaReading;
  /** New rules hold for the next turn; what waits, waits on. */
  configure(rules: QuotaRules): void;
  /** What waits is refused as `closed`. */
  close(): void;
}
