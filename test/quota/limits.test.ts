import assert from 'node:assert/strict';
import { callsOf, guardMs, lessHeadroom, spanMsOf } from '../../src/quota/limits.ts';

describe('a limit in whole calls', () => {
  const limits: readonly (readonly [what: string, limit: number, calls: number, spanMs: number])[] = [
    ['100 calls/s less 10 %', lessHeadroom(100, 10), 90, 1_000],
    ['300 calls/s less 10 %', lessHeadroom(300, 10), 270, 1_000],
    ['5 calls/s less 10 %', lessHeadroom(5, 10), 4, 1_000],
    ['what floating point makes 62.99… of', 90 * 0.7, 63, 1_000],
    ['a third of 270', 270 / 3, 90, 1_000],
    ['1 call/s', 1, 1, 1_000],
    ['a tenth of 4.5: one call in 2.2 s', 4.5 / 10, 1, 1_000 / 0.45],
    ['nothing left unused', lessHeadroom(100, 0), 100, 1_000],
  ];
  for (const [what, limit, calls, spanMs] of limits) {
    it(`is ${calls} for ${what}`, () => {
      assert.equal(callsOf(limit), calls);
      assert.equal(spanMsOf(limit), spanMs + guardMs);
    });
  }

  it('is one at least, that counts for so long that the average is kept', () => {
    assert.equal(callsOf(0.01), 1);
    assert.equal(spanMsOf(0.01), 100_000 + guardMs);
  });
});
