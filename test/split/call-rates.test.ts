import assert from 'node:assert/strict';
import { createCallRates } from '../../src/split/call-rates.ts';

describe('the rates of calls', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_000_000;
  });
  const make = () => createCallRates(() => nowMs);

  it('are those of the busiest five seconds, by account and action, and of all together', () => {
    const rates = make();
    for (let call = 0; call < 50; call += 1) rates.called('shop', 'apply');
    nowMs += 5_000;
    for (let call = 0; call < 10; call += 1) rates.called('shop', 'apply');
    for (let call = 0; call < 20; call += 1) rates.called('calm', 'query');
    const { accounts, all } = rates.busiest();
    assert.deepEqual(Object.fromEntries(accounts), {
      shop: { apply: 10, query: 0, revoke: 0 },
      calm: { apply: 0, query: 4, revoke: 0 },
    });
    assert.deepEqual(all, { apply: 10, query: 4, revoke: 0 });
  });

  it('forget a burst after five minutes and not before', () => {
    const rates = make();
    rates.called('shop', 'revoke');
    nowMs += 295_000;
    assert.equal(rates.busiest().all.revoke, 0.2);
    nowMs += 5_000;
    assert.deepEqual([rates.busiest().all.revoke, rates.busiest().accounts.size], [0, 0]);
  });

  it('do not add what came a whole round of the ring earlier', () => {
    const rates = make();
    for (let call = 0; call < 50; call += 1) rates.called('shop', 'apply');
    nowMs += 300_000;
    rates.called('shop', 'apply');
    assert.equal(rates.busiest().all.apply, 0.2);
  });
});
