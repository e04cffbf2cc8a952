import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

describe('duration', () => {
  it('reads each unit', () => {
    assert.deepEqual(
      ['250ms', '5s', '10m', '2h', '1d', '0s', '007s'].map(parseDuration),
      [250, 5000, 600_000, 7_200_000, 86_400_000, 0, 7000],
    );
  });

  it('refuses what is not one number and one unit', () => {
    for (const text of [
      '',
      '5',
      's',
      '5 s',
      '-5s',
      '1.5s',
      '1h30m',
      '5S',
      '5s\n',
      '99999999999s',
      '9999999999d',
    ]) {
      assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    }
  });

  it('writes the largest unit that divides', () => {
    assert.deepEqual([0, 250, 4500, 60_000, 5_400_000, 86_400_000].map(formatDuration), [
      '0s',
      '250ms',
      '4500ms',
      '1m',
      '90m',
      '1d',
    ]);
  });

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (ms) => {
        assert.equal(parseDuration(formatDuration(ms)), ms);
      }),
    );
    fc.assert(
      fc.property(fc.nat(99_999), fc.constantFrom('ms', 's', 'm', 'h', 'd'), (count, unit) => {
        const ms = parseDuration(`${count}${unit}`);
        assert.ok(ms !== undefined);
        assert.equal(parseDuration(formatDuration(ms)), ms);
      }),
    );
  });
});
