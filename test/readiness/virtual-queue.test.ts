import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyQueue, pass, slotMs, type Budget, type Passed } from '../../src/readiness/virtual-queue.ts';

const ten: Budget = { calls: 10, spanMs: 1_000, patienceMs: 2_000 };

/** Lets slots pass, one number of arrivals each. */
function run(arrivals: readonly number[], budget: Budget): Passed[] {
  let queue = emptyQueue;
  return arrivals.map((calls) => {
    const passed = pass(queue, calls, budget);
    ({ queue } = passed);
    return passed;
  });
}
const total = (passed: readonly Passed[], of: 'sent' | 'refused') =>
  passed.reduce((sum, one) => sum + one[of], 0);

describe('the virtual queue', () => {
  it('lets pass at once what fits', () => {
    const passed = run([2, 2, 2, 2, 2, 2, 2, 2], ten);
    assert.deepEqual(
      passed.map(({ sent, waitMs, refused }) => [sent, waitMs, refused]),
      Array.from({ length: 8 }, () => [2, 0, 0]),
    );
  });

  it('lets a short burst wait for the next second', () => {
    const [burst, ...later] = run([14, 0, 0, 0, 0, 0], ten);
    assert.deepEqual([burst?.sent, burst?.waitMs, burst?.refused], [10, 1_000, 0]);
    assert.deepEqual(
      later.map(({ sent }) => sent),
      [0, 0, 0, 0, 4],
    );
  });

  it('refuses what would wait longer than a client can', () => {
    const [burst] = run([60], ten);
    // Ten at once, ten after one second and ten after two.
    assert.deepEqual([burst?.sent, burst?.queue.waiting, burst?.refused], [10, 20, 30]);
    assert.equal(burst?.waitMs, 5_000);
  });

  it('refuses in the end what arrives a little too fast for long', () => {
    const half = Array.from({ length: 25 }, () => 3);
    assert.equal(total(run(half.slice(0, 5), ten), 'refused'), 0);
    assert.ok(total(run([...half, ...half], ten), 'refused') > 0);
  });

  it('follows rates below a call a second', () => {
    const rare: Budget = { calls: 1, spanMs: 2_000, patienceMs: 3_000 };
    const [first] = run([3], rare);
    assert.deepEqual([first?.sent, first?.waitMs, first?.refused], [1, 4_000, 1]);
  });

  it('never sends more than the budget in any second, loses no call, and keeps its word on waits', () => {
    const arrivals = fc.array(fc.oneof(fc.constant(0), fc.nat(5), fc.nat(80)), { maxLength: 40 });
    const budgets = fc.record({
      calls: fc.integer({ min: 1, max: 30 }),
      spanMs: fc.constant(1_000),
      patienceMs: fc.nat(4_000),
    });
    fc.assert(
      fc.property(arrivals, budgets, (calls, budget) => {
        const drained = [...calls, ...Array.from({ length: 40 }, () => 0)];
        const passed = run(drained, budget);
        for (let at = 0; at < passed.length; at += 1) {
          assert.ok(total(passed.slice(at, at + 5), 'sent') <= budget.calls);
        }
        const arrived = calls.reduce((sum, one) => sum + one, 0);
        assert.equal(total(passed, 'sent') + total(passed, 'refused'), arrived);
        // The queue is empty again exactly when the last call that was let in was told.
        passed.forEach(({ queue, waitMs, refused }, at) => {
          const next = passed.slice(at + 1).findIndex((later) => later.queue.waiting === 0);
          const alone = drained.slice(at + 1, at + 2 + next).every((later) => later === 0);
          if (queue.waiting > 0 && refused === 0 && alone) assert.equal((next + 1) * slotMs, waitMs);
          if (refused > 0) assert.ok(waitMs > budget.patienceMs - slotMs);
        });
      }),
    );
  });
});
