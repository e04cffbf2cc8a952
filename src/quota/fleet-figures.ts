// What counts in the fleet's budgets, as far as this replica knows: what the books said last of those it asked about, for
// a second; at least its own. What it does not ask about it does not know: `readUse` asks the books for a page that shows all.
import type { SharedBooks } from '../store/shared-books.ts';
import { accountBudget, addressBudget, budgetNamed } from './budget-names.ts';
import type { Budgets } from './budgets.ts';
import { quotaActions, type BudgetUse } from './quota.ts';

export type FleetUse = Pick<BudgetUse, 'scope' | 'account' | 'action' | 'used'>;

const freshMs = 1_000;

export interface FleetFiguresOptions {
  readonly books: Pick<SharedBooks, 'read'>;
  readonly own: Pick<Budgets, 'usedBy' | 'usedAtAddress' | 'inUse'>;
  readonly monotonicMs: () => number;
}

export class FleetFigures {
  readonly #options: FleetFiguresOptions;
  /** What was told last is last. Bounded by what is asked within a second. */
  readonly #told = new Map<string, { readonly used: number; readonly atMs: number }>();

  constructor(options: FleetFiguresOptions) {
    this.#options = options;
  }

  /** The books have said what counts of a budget. */
  note(budget: string, used: number): void {
    this.#told.delete(budget);
    this.#told.set(budget, { used, atMs: this.#options.monotonicMs() });
    this.#forgetOld();
  }

  /** What counts of this replica's. */
  ownOf(budget: string): number {
    const { own } = this.#options;
    const { account, action } = budgetNamed(budget);
    return account === undefined ? own.usedAtAddress(action) : own.usedBy(account, action);
  }

  of(budget: string): number {
    this.#forgetOld();
    return Math.max(this.ownOf(budget), this.#told.get(budget)?.used ?? 0);
  }

  /** Accounts with anything that counts, and what. */
  inUse(): ReturnType<Budgets['inUse']> {
    this.#forgetOld();
    const ownNames = this.#options.own
      .inUse()
      .map(({ account = '', action }) => accountBudget(account, action));
    return [...new Set([...ownNames, ...this.#told.keys()])].flatMap((name) => {
      const { account, action } = budgetNamed(name);
      const used = this.of(name);
      return account === undefined || used === 0 ? [] : [{ account, action, used }];
    });
  }

  /**
   * What counts in the whole fleet's budgets, in one round trip: those of the address, then those of the accounts with
   * anything in them; of many accounts, the first ones. Undefined when the books do not answer.
   */
  async readUse(accounts: readonly string[]): Promise<readonly FleetUse[] | undefined> {
    const names = [
      ...quotaActions.map(addressBudget),
      ...accounts.flatMap((account) => quotaActions.map((action) => accountBudget(account, action))),
    ];
    const used = await this.#options.books.read(names).catch(() => undefined);
    return used
      ?.map((calls, place) => ({ ...budgetNamed(names[place] ?? ''), used: calls }))
      .filter((use) => use.scope === 'address' || use.used > 0);
  }

  #forgetOld(): void {
    const nowMs = this.#options.monotonicMs();
    for (const [budget, { atMs }] of this.#told) {
      if (nowMs - atMs < freshMs) return;
      this.#told.delete(budget);
    }
  }
}
