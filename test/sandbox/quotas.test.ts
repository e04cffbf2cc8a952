// The windows and quotas of both emulated services, on numbers alone.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GatewayQuotas } from '../../src/sandbox/gateway-quotas.ts';
import { LegacyQuotas } from '../../src/sandbox/legacy-quotas.ts';
import { SlidingWindow } from '../../src/sandbox/sliding-window.ts';

describe('SlidingWindow', () => {
  it('counts exactly the calls of the last second, at any pace', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 3_000 }), (gaps) => {
        const window = new SlidingWindow();
        const moments: number[] = [];
        let [nowMs, peak] = [0, 0];
        for (const gap of gaps) {
          nowMs += gap > 300 ? gap : gap % 3;
          moments.push(nowMs);
          const expected = moments.filter((moment) => nowMs - moment < 1_000).length;
          peak = Math.max(peak, expected);
          assert.equal(window.add(nowMs), expected);
        }
        assert.equal(window.peak, peak);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps no more moments than its capacity', () => {
    const window = new SlidingWindow(1_000, 3);
    for (let call = 0; call < 10; call += 1) window.add(0);
    assert.equal(window.count(0), 3);
    assert.equal(window.count(1_000), 0);
  });
});

describe('GatewayQuotas', () => {
  it('admits the published hundred in any second, not in any bucket', () => {
    const quotas = new GatewayQuotas();
    for (let call = 0; call < 50; call += 1) assert.equal(quotas.arriveFor('shop', 'ApplyToken', 900), true);
    for (let call = 0; call < 50; call += 1)
      assert.equal(quotas.arriveFor('shop', 'ApplyToken', 1_100), true);
    assert.equal(quotas.arriveFor('shop', 'ApplyToken', 1_899), false);
    assert.equal(quotas.arriveFor('shop', 'ApplyToken', 1_900), true);
  });

  it('counts each account and each action by itself, and allows five revokes', () => {
    const quotas = new GatewayQuotas();
    for (let call = 0; call < 5; call += 1) assert.equal(quotas.arriveFor('shop', 'RevokeToken', 0), true);
    assert.equal(quotas.arriveFor('shop', 'RevokeToken', 0), false);
    assert.equal(quotas.arriveFor('shop', 'QueryToken', 0), true);
    assert.equal(quotas.arriveFor('other', 'RevokeToken', 0), true);
    const peaks = quotas.snapshot(0).peaks.perAccount;
    assert.equal(
      peaks.find(({ account, action }) => account === 'shop' && action === 'RevokeToken')?.peak,
      6,
    );
  });

  it('blocks an address past its limit, for all actions, until the block is over', () => {
    const quotas = new GatewayQuotas({ blockMs: 5_000 });
    for (let call = 0; call < 300; call += 1) {
      assert.equal(quotas.arriveFrom('10.0.0.1', 'ApplyToken', 0), 'ok');
    }
    assert.equal(quotas.arriveFrom('10.0.0.1', 'QueryToken', 0), 'ok');
    assert.equal(quotas.arriveFrom('10.0.0.1', 'ApplyToken', 999), 'blocked-now');
    assert.equal(quotas.arriveFrom('10.0.0.1', 'QueryToken', 1_000), 'blocked');
    assert.equal(quotas.arriveFrom('10.0.0.2', 'ApplyToken', 1_000), 'ok');
    assert.deepEqual(quotas.snapshot(1_000).blocks, { count: 1, refused: 2, addresses: ['10.0.0.1'] });
    assert.equal(quotas.arriveFrom('10.0.0.1', 'ApplyToken', 5_999), 'ok');
  });

  it('limits nothing that is switched off', () => {
    const quotas = new GatewayQuotas({ perAccount: null, perAddress: null });
    for (let call = 0; call < 1_000; call += 1) {
      assert.equal(quotas.arriveFrom('10.0.0.1', 'RevokeToken', 0), 'ok');
      assert.equal(quotas.arriveFor('shop', 'RevokeToken', 0), true);
    }
  });
});

describe('LegacyQuotas', () => {
  it('allows one revoke a minute once that limit is switched on', () => {
    const quotas = new LegacyQuotas({ revoke: 1 });
    assert.equal(quotas.admit('shop', 'revoke', 0), true);
    assert.equal(quotas.admit('shop', 'revoke', 59_999), false);
    assert.equal(quotas.admit('shop', 'revoke', 60_000), true);
  });
});
