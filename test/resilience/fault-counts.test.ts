import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFaultCounter } from '../../src/resilience/fault-counts.ts';

describe('the counter of faults', () => {
  it('counts calls, faults, and faults in a row', () => {
    const counter = createFaultCounter(10_000, () => 0);
    counter.note('fault');
    assert.deepEqual(counter.note('fault'), { calls: 2, faults: 2, inARow: 2 });
    assert.deepEqual(counter.note('success'), { calls: 3, faults: 2, inARow: 0 });
    assert.deepEqual(counter.note('fault'), { calls: 4, faults: 3, inARow: 1 });
  });

  it('forgets calls that are older than its window, but not that faults came in a row', () => {
    let clock = 5_000;
    const counter = createFaultCounter(10_000, () => clock);
    counter.note('fault');
    clock += 10_001;
    assert.deepEqual(counter.note('fault'), { calls: 1, faults: 1, inARow: 2 });
  });

  it('counts every call of the last nine tenths of its window, and none that is older than the window', () => {
    const call = fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), fault: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 200 }),
        fc.integer({ min: 100, max: 3_000 }),
        fc.integer({ min: 0, max: 1e7 }),
        (calls, windowMs, startMs) => {
          let clock = startMs;
          const counter = createFaultCounter(windowMs, () => clock);
          const seen: { atMs: number; fault: boolean }[] = [];
          const within = (ms: number) => seen.filter(({ atMs }) => clock - atMs < ms);
          for (const { waitMs, fault } of calls) {
            clock += waitMs;
            seen.push({ atMs: clock, fault });
            const counts = counter.note(fault ? 'fault' : 'success');
            // Rounding may put a call that lies on an edge to either side of it.
            const [least, most] = [within(windowMs * 0.9 - 0.001), within(windowMs + 0.001)];
            const faults = (some: typeof seen) => some.filter((one) => one.fault).length;
            assert.ok(least.length <= counts.calls && counts.calls <= most.length);
            assert.ok(faults(least) <= counts.faults && counts.faults <= faults(most));
          }
        },
      ),
    );
  });
});
