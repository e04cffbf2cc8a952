import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFallbackBudget } from '../../src/resilience/fallback-budget.ts';

function budgetOf(percent: number) {
  let clock = 1_000_000;
  const budget = createFallbackBudget(() => clock);
  return {
    budget: { called: () => budget.called(), take: () => budget.take(percent) },
    advance: (ms: number) => void (clock += ms),
  };
}

describe('the fallback budget', () => {
  it('always allows the first ten of a quiet time', () => {
    const { budget } = budgetOf(0);
    const taken = Array.from({ length: 12 }, () => budget.take());
    assert.deepEqual(taken, [...Array<boolean>(10).fill(true), false, false]);
  });

  it('allows its share of the calls of the last ten seconds', () => {
    const { budget } = budgetOf(20);
    for (let call = 0; call < 100; call += 1) budget.called();
    const taken = Array.from({ length: 30 }, () => budget.take()).filter(Boolean);
    assert.equal(taken.length, 20);
  });

  it('forgets what is older than ten seconds, calls and fallbacks alike', () => {
    const { budget, advance } = budgetOf(20);
    for (let call = 0; call < 1000; call += 1) budget.called();
    for (let fallback = 0; fallback < 50; fallback += 1) assert.ok(budget.take());
    advance(11_000);
    const taken = Array.from({ length: 20 }, () => budget.take()).filter(Boolean);
    assert.equal(taken.length, 10);
  });

  it('never lets more than ten or its share through in any window, however calls arrive', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3000 }),
      calls: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 100 }), (steps, percent) => {
        const { budget, advance } = budgetOf(percent);
        const events: { second: number; calls: number; taken: number }[] = [];
        let now = 1_000_000;
        for (const { waitMs, calls } of steps) {
          advance(waitMs);
          now += waitMs;
          let taken = 0;
          for (let call = 0; call < calls; call += 1) {
            budget.called();
            taken += budget.take() ? 1 : 0;
          }
          events.push({ second: Math.floor(now / 1000), calls, taken });
          const window = events.filter(({ second }) => second > Math.floor(now / 1000) - 10);
          const sum = (field: 'calls' | 'taken') => window.reduce((total, event) => total + event[field], 0);
          if (taken > 0) assert.ok(sum('taken') <= Math.max(10, (sum('calls') * percent) / 100));
        }
      }),
    );
  });
});
