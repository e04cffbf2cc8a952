// What the rules allow one action now, and how much of it is used: the operator's limits less the headroom, less what is
// held back, and this process's part of them where no shared store tells replicas of each other.
import type { Budgets } from './budgets.ts';
import type { Lane } from './lane.ts';
import { callsOf, lessHeadroom } from './limits.ts';
import type { BudgetUse, QuotaAction, QuotaRules } from './quota.ts';

export interface AllowanceOptions {
  readonly action: QuotaAction;
  readonly rules: () => QuotaRules;
  readonly budgets: Budgets;
}

export class Allowance {
  readonly #action: QuotaAction;
  readonly #rules: () => QuotaRules;
  readonly #budgets: Budgets;

  constructor({ action, rules, budgets }: AllowanceOptions) {
    this.#action = action;
    this.#rules = rules;
    this.#budgets = budgets;
  }

  /** Of an account, all replicas together, calls/s. */
  account({ account, hold }: Lane, nowMs: number): number {
    const rules = this.#rules();
    const limit = lessHeadroom(rules.accountLimit(account, this.#action), rules.headroomPercent);
    return hold === undefined ? limit : hold.limit(limit, nowMs);
  }

  /** Of the address, all replicas together, calls/s. */
  address(): number {
    const { perAddress, headroomPercent } = this.#rules();
    return lessHeadroom(perAddress[this.#action], headroomPercent);
  }

  /** What this process may use of a limit, calls/s. */
  here(limit: number): number {
    return this.#budgets.mode() === 'shared' ? limit : limit / this.#rules().replicas;
  }

  /** Calls that an account may make before its window is full, as far as this process knows. */
  roomOf(lane: Lane, nowMs: number): number {
    const { limit, used } = this.useOf(lane, nowMs);
    return limit - used;
  }

  /** The same for the address. */
  roomAtAddress(): number {
    const { limit, used } = this.useOfAddress();
    return limit - used;
  }

  useOf(lane: Lane, nowMs: number): BudgetUse & { readonly account: string } {
    return {
      scope: 'account',
      account: lane.account,
      action: this.#action,
      limit: callsOf(this.here(this.account(lane, nowMs))),
      used: this.#budgets.usedBy(lane.account, this.#action),
    };
  }

  useOfAddress(): BudgetUse {
    return {
      scope: 'address',
      action: this.#action,
      limit: callsOf(this.here(this.address())),
      used: this.#budgets.usedAtAddress(this.#action),
    };
  }
}
