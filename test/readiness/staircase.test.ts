import assert from 'node:assert/strict';
import fc from 'fast-check';
import { highestSince, mostSteps, raise, together, type Staircase } from '../../src/readiness/staircase.ts';

const climb = (values: readonly number[], firstMs = 1): Staircase =>
  values.reduce<Staircase>((stairs, value, at) => raise(stairs, { value, atMs: firstMs + at }, 0), []);
const heights = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 60 });

describe('the staircase of maxima', () => {
  it('knows the highest value since a moment', () => {
    const stairs = climb([3, 9, 4, 6, 2]);
    assert.deepEqual(
      [1, 2, 3, 5].map((sinceMs) => highestSince(stairs, sinceMs)?.value),
      [9, 9, 6, 2],
    );
    assert.equal(highestSince(stairs, 6), undefined);
  });

  it('forgets what is too old', () => {
    const stairs = raise(climb([9, 5]), { value: 1, atMs: 10 }, 2);
    assert.equal(highestSince(stairs, 0)?.value, 5);
  });

  it('stays small, keeps the highest and the latest, and never tells more than there was', () => {
    fc.assert(
      fc.property(heights, (values) => {
        const stairs = climb(values);
        assert.ok(stairs.length <= mostSteps);
        assert.equal(highestSince(stairs, 0)?.value, Math.max(...values));
        assert.equal(stairs.at(-1)?.value, values.at(-1));
        values.forEach((_, at) => {
          const found = highestSince(stairs, at + 1)?.value ?? 0;
          assert.ok(found <= Math.max(...values.slice(at)));
        });
      }),
    );
  });

  it('of two is the same in whichever order', () => {
    fc.assert(
      fc.property(heights, heights, (one, other) => {
        const [a, b] = [climb(one), climb(other, 100)];
        assert.deepEqual(together(a, b), together(b, a));
        assert.equal(highestSince(together(a, b), 0)?.value, Math.max(...one, ...other));
      }),
    );
  });
});
