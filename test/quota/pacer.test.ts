import assert from 'node:assert/strict';
import fc from 'fast-check';
import { burstOf, jitterMs, Pacer } from '../../src/quota/pacer.ts';

describe('the pacer of a budget', () => {
  const bursts: readonly (readonly [calls: number, burst: number])[] = [
    [90, 10],
    [270, 30],
    [4, 1],
    [1, 1],
    [12, 2],
    [30, 4],
  ];
  for (const [calls, burst] of bursts) {
    it(`grants ${burst} in 100 ms where ${calls} may be sent in a second`, () => {
      assert.equal(burstOf(calls), burst);
    });
  }

  it('with whole limits and 10 % of headroom, a burst more than the limit is not more than was published', () => {
    for (let published = 1; published <= 2_000; published += 1) {
      const calls = Math.max(1, Math.floor(published * 0.9 + 1e-9));
      assert.ok(calls + burstOf(calls) <= Math.max(2, published), `with ${published} calls/s`);
    }
  });

  it('grants a burst at once, and the next when that is over', () => {
    const pacer = new Pacer();
    for (let grant = 0; grant < 10; grant += 1) {
      assert.equal(pacer.roomInMs(500, 10, 0), 0);
      pacer.grant(500, 10);
    }
    assert.equal(pacer.roomInMs(530, 10, 0), 70);
    assert.equal(pacer.roomInMs(600, 10, 0), 0);
  });

  it('spreads the grants of a busy budget evenly, and catches up when it was late', () => {
    const pacer = new Pacer();
    pacer.grant(500, 10);
    pacer.grant(500, 10);
    pacer.grant(500, 10);
    assert.equal(pacer.roomInMs(500, 10, 400), 10);
    assert.equal(pacer.roomInMs(509, 10, 400), 1);
    assert.equal(pacer.roomInMs(500, 10, 4), 4, 'it is quiet before');
    let late = 0;
    for (; pacer.roomInMs(900, 10, 400) <= 0; late += 1) pacer.grant(900, 10);
    assert.equal(late, 3);
  });

  it('grants no more than a burst in any 100 ms, busy or not, whoever asks when', () => {
    const step = fc.record({
      afterMs: fc.double({ min: 0, max: 30, noNaN: true }),
      quietInMs: fc.constantFrom(0, 3, 500),
    });
    const steps = fc.array(step, { minLength: 30, maxLength: 400 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (taken, burst) => {
        const pacer = new Pacer();
        const grants: number[] = [];
        let nowMs = 0;
        for (const { afterMs, quietInMs } of taken) {
          nowMs += afterMs;
          if (pacer.roomInMs(nowMs, burst, quietInMs) > 0) continue;
          pacer.grant(nowMs, burst);
          grants.push(nowMs);
          assert.ok(grants.filter((moment) => moment > nowMs - jitterMs).length <= burst);
        }
      }),
    );
  });
});
