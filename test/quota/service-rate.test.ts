import assert from 'node:assert/strict';
import { ServiceRate } from '../../src/quota/service-rate.ts';

describe('the rate at which a queue moves', () => {
  /** Calls served evenly from the beginning. @returns the rate, and the moment at which they end */
  const servedAt = (perSecond: number, seconds: number): { rate: ServiceRate; nowMs: number } => {
    const rate = new ServiceRate();
    rate.begin(50_000);
    const calls = perSecond * seconds;
    for (let call = 1; call <= calls; call += 1) rate.served(50_000 + (call * 1_000) / perSecond);
    return { rate, nowMs: 50_000 + seconds * 1_000 };
  };

  it('is what the caller guesses until a whole second was measured', () => {
    const { rate, nowMs } = servedAt(10, 0.9);
    assert.equal(rate.isMeasured(nowMs), false);
    assert.equal(rate.perSecond(nowMs, 90), 90);
  });

  it('is what was measured after a while, whatever was guessed', () => {
    for (const [real, guess] of [
      [30, 90],
      [45, 90],
      [90, 30],
      [4, 2],
    ] as const) {
      const { rate, nowMs } = servedAt(real, 12);
      const measured = rate.perSecond(nowMs, guess);
      assert.ok(Math.abs(measured - real) <= real * 0.1, `${measured} for ${real}`);
    }
  });

  it('is exactly the guess while that is right within a twentieth, since calls are whole', () => {
    const { rate, nowMs } = servedAt(89, 7.35);
    assert.equal(rate.perSecond(nowMs, 90), 90);
  });

  it('follows a queue that stops moving, and one that begins anew', () => {
    const { rate, nowMs } = servedAt(90, 10);
    assert.ok(rate.perSecond(nowMs + 10_000, 90) < 20);
    rate.begin(nowMs + 10_000);
    assert.equal(rate.perSecond(nowMs + 10_500, 90), 90);
  });

  it('does not take a few calls for a measure where a second holds less than one', () => {
    const rate = new ServiceRate();
    rate.begin(0);
    assert.ok(rate.perSecond(1_500, 0.25) > 0.2);
    rate.served(1_500);
    assert.ok(rate.perSecond(1_500, 0.25) < 0.35);
  });
});
