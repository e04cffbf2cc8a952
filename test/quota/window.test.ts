import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SlidingWindow } from '../../src/quota/window.ts';

const spanMs = 1_000;

describe('the sliding window of a budget', () => {
  it('counts a call from its permit on until the span after it was written is over', () => {
    const window = new SlidingWindow();
    window.grant();
    assert.equal(window.count(5_000, spanMs), 1);
    window.sent(60_000);
    assert.equal(window.count(60_000 + spanMs - 0.1, spanMs), 1);
    assert.equal(window.count(60_000 + spanMs, spanMs), 0);
  });

  it('does not count a call that will never be written', () => {
    const window = new SlidingWindow();
    window.grant();
    window.unused();
    assert.equal(window.count(0, spanMs), 0);
  });

  it('tells when there is room: when enough of the oldest calls are over', () => {
    const window = new SlidingWindow();
    for (const moment of [100, 200, 300]) {
      window.grant();
      window.sent(moment);
    }
    assert.equal(window.roomInMs(400, 4, spanMs), 0);
    assert.equal(window.roomInMs(400, 3, spanMs), 700);
    assert.equal(window.roomInMs(400, 2, spanMs), 800);
    assert.equal(window.roomInMs(400, 1, spanMs), 900);
  });

  it('expects room a whole span away while all of it is with calls that are not written yet', () => {
    const window = new SlidingWindow();
    window.grant();
    assert.equal(window.roomInMs(400, 1, spanMs), spanMs);
  });

  it('never has more calls in a span than are granted while there is room, whatever time each takes to the wire', () => {
    const step = fc.record({
      afterMs: fc.nat(60),
      what: fc.constantFrom('grant', 'grant', 'grant', 'send', 'send', 'drop'),
    });
    const steps = fc.array(step, { minLength: 20, maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (taken, limit) => {
        const window = new SlidingWindow();
        const written: number[] = [];
        let [nowMs, open] = [0, 0];
        for (const { afterMs, what } of taken) {
          nowMs += afterMs;
          if (what === 'grant' && window.roomInMs(nowMs, limit, spanMs) === 0) {
            window.grant();
            open += 1;
          } else if (what === 'send' && open > 0) {
            window.sent(nowMs);
            written.push(nowMs);
            open -= 1;
          } else if (what === 'drop' && open > 0) {
            window.unused();
            open -= 1;
          }
          const inSpan = written.filter((moment) => nowMs - moment < spanMs).length;
          assert.ok(inSpan <= limit);
          assert.equal(window.count(nowMs, spanMs), open + inSpan);
        }
      }),
    );
  });
});
