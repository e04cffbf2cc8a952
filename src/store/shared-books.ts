// The part of a shared store that keeps count of permits for all replicas together: what it is told, and what it answers.
// It knows budgets by name and members by id only; what a budget is for, and when to ask, is for whoever asks.

/** One budget as far as a call concerns it. */
export interface BudgetReport {
  readonly name: string;
  /** Permits that the member holds: granted, neither sent nor given back. Replaces what the books thought. */
  readonly held: number;
  /** Where it is asked of: what counts of the member's own, held or sent within the last second. Who has less goes first. */
  readonly mine?: number;
  readonly sends: readonly ReportedSend[];
}

/** A call that has been sent. Reported again and again until an answer shows that it arrived; counted once. */
export interface ReportedSend {
  /** The first call of the books that carried it. */
  readonly inCall: number;
  /** How long ago it was sent, by a clock that never jumps; rounded down, so that it never counts too short. */
  readonly ageMs: number;
}

/** One permit asked for. It needs room in both budgets, given by their place in the call. */
export interface PermitAsk {
  readonly account: number;
  readonly address: number;
  /** Calls in any second. */
  readonly accountLimit: number;
  readonly addressLimit: number;
}

/** One round trip. A member has one under way at a time. */
export interface BooksCall {
  readonly member: string;
  /** Greater than that of every earlier call of the member: the books ignore a call that a later one has overtaken. */
  readonly number: number;
  /** What the last answer that the member received said of the time, and how long ago that call was made. */
  readonly told: { readonly atMs: number; readonly elapsedMs: number } | undefined;
  /** Replicas that the member's configuration speaks of. */
  readonly replicas: number;
  /** The largest fleet that the member has been told of lately, or its configuration if that is more. */
  readonly fleet: number;
  /** The member's last call: what it still holds counts as sent now. */
  readonly leaves: boolean;
  /** Each budget once. */
  readonly budgets: readonly BudgetReport[];
  /** Judged in this order. */
  readonly asks: readonly PermitAsk[];
}

export interface BooksAnswer {
  /** The books' time, ms; means nothing but to be told them with the next call. */
  readonly atMs: number;
  /** In the order of the asks: how long until the budget may have room, ms; granted when both are 0. */
  readonly waits: readonly PermitWait[];
  /** In the order of the budgets: what counts of the whole fleet's, this call included. */
  readonly used: readonly number[];
  readonly fleet: FleetSize;
  /** The books have lost what they answered before: all that is held is to be reported again. */
  readonly lost: boolean;
}

export interface PermitWait {
  readonly accountMs: number;
  readonly addressMs: number;
}

export interface FleetSize {
  /** Members that share the budgets now. */
  readonly live: number;
  /** Into how many parts the limits are divided: the live ones, and those that may be calling on their own. */
  readonly parts: number;
}

/** What members must keep to, so that those who cannot reach the books and those who can stay within the limits together. */
export interface BooksRules {
  /** How long a call counts, ms. */
  readonly windowMs: number;
  /** A member calls at least this often, ms. */
  readonly heartbeatMs: number;
  /** Without an answer for this long, ms, a member may use its own part; `windowMs` after it has stopped, the books' again. */
  readonly apartAfterMs: number;
}

/** Budgets that a reading of the books may name. */
export const mostBudgetsRead = 500;

export interface SharedBooks {
  readonly rules: BooksRules;
  /** Rejects with a StoreError when no answer came; the call may have arrived all the same. */
  settle(call: BooksCall): Promise<BooksAnswer>;
  /**
   * What counts now of the named budgets, in their order; changes nothing. Names beyond `mostBudgetsRead` are left out.
   * Rejects with a StoreError.
   */
  read(names: readonly string[]): Promise<readonly number[]>;
}
