import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Moments } from '../../src/quota/moments.ts';

describe('moments in a ring', () => {
  it('are those of a list from which the oldest are dropped', () => {
    const steps = fc.array(
      fc.record({ afterMs: fc.nat(30), olderThanMs: fc.integer({ min: 0, max: 500 }) }),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(steps, (taken) => {
        const ring = new Moments();
        let list: number[] = [];
        let nowMs = 1_000;
        for (const { afterMs, olderThanMs } of taken) {
          nowMs += afterMs;
          ring.push(nowMs);
          list.push(nowMs);
          ring.dropUpTo(nowMs - olderThanMs);
          list = list.filter((moment) => moment > nowMs - olderThanMs);
          assert.deepEqual(
            Array.from({ length: ring.size }, (_, index) => ring.at(index)),
            list,
          );
        }
      }),
    );
  });

  it('may all be dropped, and begin anew', () => {
    const ring = new Moments();
    for (let moment = 0; moment < 20; moment += 1) ring.push(moment);
    ring.dropUpTo(19);
    assert.equal(ring.size, 0);
    ring.push(20);
    assert.equal(ring.at(0), 20);
  });
});
