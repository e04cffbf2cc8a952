// The seam between the queue and the books: who keeps count of what has left, in this process or for the whole fleet.
// No order among callers here, and no waiting: that is the queue's.
import type { BudgetUse, QuotaAction, QuotaMode } from './quota.ts';

/** One call that wants to leave. */
export interface Ask {
  readonly account: string;
  readonly action: QuotaAction;
  /** Calls in any second that its account may make, less headroom; may be fractional. */
  readonly accountLimit: number;
  /** The same for everything that leaves through the address. */
  readonly addressLimit: number;
}

export interface Decision {
  /** In the order of the asks. */
  readonly granted: readonly boolean[];
  /** When asking again for what was not granted may help, from now, ms; undefined when all was granted. */
  readonly retryInMs: number | undefined;
  /**
   * In the order of the asks: when the account's own budget may have room, from now, ms; 0 where it has, so that only the
   * address can be in the way. Books that cannot tell leave it out: it saves asking in vain, nothing more.
   */
  readonly accountRetryInMs?: readonly number[];
}

/**
 * Books of calls that have left. What is granted counts at once and until one second after it was sent: so the calls that
 * leave in any one-second window stay within every limit, however long a call takes from its permit to the wire.
 */
export interface Budgets {
  readonly mode: () => QuotaMode;
  /** Grants as many of the asks as the limits allow, judging each with those before it. Never rejects. */
  take(asks: readonly Ask[]): Promise<Decision>;
  /** A granted call is being written now. */
  sent(ask: Ask): void;
  /** A granted call will never be written. */
  unused(ask: Ask): void;
  /** Calls that count now against an account's budget, as far as this process knows. */
  usedBy(account: string, action: QuotaAction): number;
  /** The same for the address. */
  usedAtAddress(action: QuotaAction): number;
  /** Accounts with anything counted now. */
  inUse(): readonly Pick<BudgetUse, 'account' | 'action' | 'used'>[];
  close(): void;
}
