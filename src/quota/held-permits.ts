// What this replica holds of the fleet's permits, and what it has not told the shared books yet. Told again until an answer
// shows that it arrived; the books see to it that nothing counts twice. No clock and no calls of its own.
import type { BudgetReport } from '../store/shared-books.ts';

/** What was sent longer ago, ms, counts nowhere any more. */
const oldestMs = 1_100;
/** Budgets that one call carries; what is left over goes with the next. */
const mostReported = 200;

interface Sent {
  readonly atMs: number;
  /** The first call of the books that carried it. */
  readonly inCall: number | undefined;
}

interface Holding {
  held: number;
  sends: Sent[];
}

export class HeldPermits {
  readonly #holdings = new Map<string, Holding>();
  /** Budgets to be told of. */
  readonly #due = new Set<string>();
  /** Budgets that the call under way tells of. */
  #carried: readonly string[] = [];

  /** Whether there is something to tell. */
  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** @param told `known` where the books have granted it */
  grant(budget: string, told: 'known' | 'to be told'): void {
    const holding = this.#holdings.get(budget) ?? { held: 0, sends: [] };
    holding.held += 1;
    this.#holdings.set(budget, holding);
    if (told === 'to be told') this.#due.add(budget);
  }

  sent(budget: string, atMs: number): void {
    this.#holdings.get(budget)?.sends.push({ atMs, inCall: undefined });
    this.unused(budget);
  }

  unused(budget: string): void {
    const holding = this.#holdings.get(budget);
    if (holding === undefined) return;
    holding.held -= 1;
    this.#due.add(budget);
  }

  /** The books may have forgotten: all that is held is to be told again. */
  repeatAll(): void {
    for (const budget of this.#holdings.keys()) this.#due.add(budget);
  }

  /**
   * What the next call tells.
   * @param call its number
   * @param asked budgets that it must speak of in any case
   */
  report(call: number, nowMs: number, asked: ReadonlySet<string>): BudgetReport[] {
    const names = new Set(asked);
    for (const budget of this.#due) {
      if (names.size >= mostReported) break;
      names.add(budget);
    }
    for (const name of names) this.#due.delete(name);
    this.#carried = [...names];
    return this.#carried.map((name) => {
      const holding = this.#holdings.get(name);
      if (holding === undefined) return { name, held: 0, sends: [] };
      holding.sends = holding.sends
        .filter(({ atMs }) => nowMs - atMs < oldestMs)
        .map(({ atMs, inCall = call }) => ({ atMs, inCall }));
      const sends = holding.sends.map(({ atMs, inCall = call }) => {
        return { inCall, ageMs: Math.max(0, Math.floor(nowMs - atMs)) };
      });
      return { name, held: holding.held, sends };
    });
  }

  /** The call under way was answered. */
  arrived(): void {
    for (const name of this.#carried) {
      const holding = this.#holdings.get(name);
      if (holding === undefined) continue;
      holding.sends = holding.sends.filter(({ inCall }) => inCall === undefined);
      if (holding.held === 0 && holding.sends.length === 0) this.#holdings.delete(name);
    }
    this.#carried = [];
  }

  /** The call under way was not answered: who knows whether it arrived. */
  unanswered(): void {
    for (const name of this.#carried) this.#due.add(name);
    this.#carried = [];
    this.repeatAll();
  }
}
