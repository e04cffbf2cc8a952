// A row of things that leave in any order.
import assert from 'node:assert/strict';
import { getHeapSpaceStatistics } from 'node:v8';
import fc from 'fast-check';
import { Row, type Place } from '../../src/row/row.ts';
import { collectYoung } from '../kit/garbage.ts';

describe('a row', () => {
  it('holds what joined it and has not left, in the order of joining', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (leaving) => {
        const row = new Row<number>();
        const places: Place<number>[] = [];
        const expected: number[] = [];
        for (const [number, who] of leaving.entries()) {
          places.push(row.join(number));
          expected.push(number);
          places[who]?.leave();
          if (expected.includes(who)) expected.splice(expected.indexOf(who), 1);
          assert.deepEqual([...row], expected);
          assert.equal(row.size, expected.length);
          assert.equal(row.first?.item, expected[0]);
        }
      }),
    );
  });

  it('is walked from end to end, whoever leaves on the way', () => {
    const row = new Row<string>();
    const places = ['a', 'b', 'c'].map((name) => row.join(name));
    const met: string[] = [];
    for (const name of row) {
      met.push(name);
      for (const place of places) place.leave();
    }
    assert.deepEqual(met, ['a', 'b', 'c']);
    assert.equal(row.size, 0);
  });

  it('keeps nothing of those that left, even until the next full collection', () => {
    const row = new Row<unknown>();
    const present: Place<unknown>[] = [];
    const come = (): void => void present.push(row.join(Array.from({ length: 100 }, () => ({}))));
    const change = (): void => {
      for (let count = 0; count < 100; count += 1) {
        come();
        if (present.length > 20) present.shift()?.leave();
      }
      collectYoung();
    };
    // What outlives a few collections is taken for old from then on.
    come();
    for (let round = 0; round < 5; round += 1) collectYoung();
    const before = oldBytes();
    for (let round = 0; round < 50; round += 1) change();
    const kept = oldBytes() - before;
    // Had they left a Set, most of the 20 MB that came would still be there.
    assert.ok(kept < 4_000_000, `${kept} bytes`);
  });
});

function oldBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'old_space')?.space_used_size ?? 0;
}
