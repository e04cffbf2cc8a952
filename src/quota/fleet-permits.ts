// What this replica was given, whoever gave it: its own books, which judge while it keeps to its part of the limits and
// else follow, and what of it the shared books are still to be told.
import { budgetsOf } from './budget-names.ts';
import type { Ask, Budgets, Decision } from './budgets.ts';
import { HeldPermits } from './held-permits.ts';
import { createOwnBudgets } from './own-budgets.ts';

export class FleetPermits {
  /** What counts of this replica's, by the second. */
  readonly own: Budgets;
  readonly held = new HeldPermits();
  readonly #monotonicMs: () => number;

  /** @param parts into how many parts the limits are divided for one that keeps to its own */
  constructor(monotonicMs: () => number, parts: () => number) {
    this.#monotonicMs = monotonicMs;
    this.own = createOwnBudgets({ monotonicMs, replicas: parts });
  }

  /** The shared books have granted it: not for the own ones to judge. */
  granted(ask: Ask): void {
    void this.own.take([{ ...ask, accountLimit: Infinity, addressLimit: Infinity }]);
    for (const budget of budgetsOf(ask)) this.held.grant(budget, 'known');
  }

  /** Grants out of this replica's part. */
  async take(asks: readonly Ask[]): Promise<Decision> {
    const decision = await this.own.take(asks);
    for (const [place, ask] of asks.entries()) {
      if (decision.granted[place] !== true) continue;
      for (const budget of budgetsOf(ask)) this.held.grant(budget, 'to be told');
    }
    return decision;
  }

  sent(ask: Ask): void {
    this.own.sent(ask);
    for (const budget of budgetsOf(ask)) this.held.sent(budget, this.#monotonicMs());
  }

  unused(ask: Ask): void {
    this.own.unused(ask);
    for (const budget of budgetsOf(ask)) this.held.unused(budget);
  }
}
