import assert from 'node:assert/strict';
import { openMs, whyOpen } from '../../src/resilience/breaker-rule.ts';
import { defaults } from './guard-kit.ts';

describe('the rule of the breaker', () => {
  const cases: [calls: number, faults: number, inARow: number, why: string | undefined][] = [
    [4, 4, 4, undefined],
    [5, 5, 5, 'faults in a row: 5'],
    [1, 1, 6, 'faults in a row: 6'],
    [19, 15, 1, undefined],
    [20, 9, 1, undefined],
    [20, 10, 1, 'faults among the 20 calls of the last 10 s: 10'],
    [1_000, 499, 4, undefined],
    [1_000, 500, 4, 'faults among the 1000 calls of the last 10 s: 500'],
  ];
  for (const [calls, faults, inARow, why] of cases) {
    const verb = why === undefined ? 'stays closed' : 'opens';
    it(`${verb} with ${faults} faults of ${calls} calls, ${inARow} in a row`, () => {
      assert.equal(whyOpen({ calls, faults, inARow }, defaults), why);
    });
  }

  it('opens twice as long after each probe that fails, up to a limit', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 5_000].map((failed) => openMs(failed, defaults)),
      [2_000, 4_000, 5_000, 5_000, 5_000],
    );
  });

  it('never opens longer than the limit, though the first time is meant to be longer', () => {
    assert.equal(openMs(0, { ...defaults, openForMs: 9_000 }), 5_000);
  });
});
