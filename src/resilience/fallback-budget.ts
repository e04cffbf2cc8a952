// How many apply calls may fall back: a share of those of the last ten seconds, so that a broken gateway cannot turn
// the whole load over to the old service at once. The first ten of a quiet time are always allowed.

const windowSeconds = 10;
/** Fallbacks within the window that need no budget (SPEC section 3, `fallback.budgetPercent`). */
const alwaysAllowed = 10;

export interface FallbackBudget {
  /** Notes an apply call. */
  called(): void;
  /**
   * Takes one fallback out of the budget.
   * @param budgetPercent of the apply calls in the last 10 s
   * @returns whether there was one
   */
  take(budgetPercent: number): boolean;
}

/** @param monotonicMs a clock that never jumps, ms */
export function createFallbackBudget(monotonicMs: () => number): FallbackBudget {
  const calls = new Array<number>(windowSeconds).fill(0);
  const taken = new Array<number>(windowSeconds).fill(0);
  let second = Math.floor(monotonicMs() / 1000);

  const advance = (): number => {
    const now = Math.floor(monotonicMs() / 1000);
    for (let passed = Math.min(now - second, windowSeconds); passed > 0; passed -= 1) {
      const slot = (now - passed + 1) % windowSeconds;
      calls[slot] = 0;
      taken[slot] = 0;
    }
    second = now;
    return now % windowSeconds;
  };
  const sum = (slots: readonly number[]): number => slots.reduce((total, count) => total + count, 0);

  return {
    called() {
      const slot = advance();
      calls[slot] = (calls[slot] ?? 0) + 1;
    },
    take(budgetPercent) {
      const slot = advance();
      const before = sum(taken);
      if (before >= alwaysAllowed && before + 1 > (sum(calls) * budgetPercent) / 100) return false;
      taken[slot] = (taken[slot] ?? 0) + 1;
      return true;
    },
  };
}
