import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HoldBack } from '../../src/quota/hold-back.ts';

describe('holding back after an overflow', () => {
  it('is silent for a second, then at half the limit, and a tenth more after each quiet second', () => {
    const hold = new HoldBack();
    assert.equal(hold.overflowed(10_000), true);
    assert.equal(hold.untilMs, 11_000);
    const limits = [0, 1_000, 1_999, 2_000, 3_000, 5_000, 5_999, 6_000].map((ms) =>
      hold.limit(100, 10_000 + ms),
    );
    assert.deepEqual(limits, [50, 50, 50, 60, 70, 90, 90, 100]);
    assert.deepEqual([hold.isOver(15_999), hold.isOver(16_000)], [false, true]);
  });

  it('halves again with each further overflow, but not for calls that were in flight together', () => {
    const hold = new HoldBack();
    hold.overflowed(0);
    assert.equal(hold.overflowed(999), false);
    assert.equal(hold.limit(100, 1_000), 50);
    assert.equal(hold.overflowed(2_500), true);
    assert.equal(hold.untilMs, 3_500);
    assert.equal(hold.limit(100, 3_500), 30);
    assert.equal(hold.overflowed(3_500), true);
    assert.equal(hold.limit(100, 4_500), 15);
  });

  it('leaves one call a second, or what little there was', () => {
    const hold = new HoldBack();
    for (let overflow = 0; overflow < 20; overflow += 1) hold.overflowed(overflow * 1_000);
    assert.equal(hold.limit(100, 20_000), 1);
    assert.equal(hold.limit(0.45, 20_000), 0.45);
  });

  it('never allows more than the limit, and all of it eleven quiet seconds after whatever happened', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { minLength: 1, maxLength: 40 }), (gaps) => {
        const hold = new HoldBack();
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const before = hold.limit(100, nowMs);
          assert.ok(before >= 1 && before <= 100);
          if (hold.overflowed(nowMs)) assert.ok(hold.limit(100, nowMs) <= Math.max(1, before / 2));
        }
        assert.equal(hold.isOver(nowMs + 11_000), true);
      }),
    );
  });
});
