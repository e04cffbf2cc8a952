import assert from 'node:assert/strict';
import { Allowance } from '../../src/quota/allowance.ts';
import { Asking } from '../../src/quota/asking.ts';
import { FairShare } from '../../src/quota/fair-share.ts';
import { Forecast } from '../../src/quota/forecast.ts';
import type { Lane } from '../../src/quota/lane.ts';
import { Lanes } from '../../src/quota/lanes.ts';
import { createOwnBudgets } from '../../src/quota/own-budgets.ts';
import { publishedRules, waiterIn } from './world.ts';

describe('a question to the books', () => {
  const nowMs = 5_000;
  const queue = (waiting: Readonly<Record<string, number>>) => {
    const budgets = createOwnBudgets({ monotonicMs: () => nowMs, replicas: () => 1 });
    const allowance = new Allowance({ action: 'apply', rules: () => publishedRules, budgets });
    const [lanes, share] = [new Lanes(), new FairShare()];
    const forecast = new Forecast({ allowance, share });
    let numbers = 0;
    for (const [account, calls] of Object.entries(waiting)) {
      const lane = lanes.of(account, nowMs);
      for (let call = 0; call < calls; call += 1) {
        forecast.joins(lane, nowMs);
        lane.add(waiterIn(lane, (numbers += 1)));
      }
      share.place(lane, nowMs);
    }
    const asking = new Asking({ action: 'apply', allowance, forecast, lanes, share });
    return { asking, share, forecast, lane: (account: string): Lane => lanes.of(account, nowMs) };
  };
  const accounts = (lanes: readonly Lane[]): string[] => lanes.map(({ account }) => account);

  it('asks for the accounts in turn, and for no more calls than wait', () => {
    const { asking } = queue({ a: 3, b: 1, c: 2 });
    assert.deepEqual(accounts(asking.compose(nowMs).lanes), ['a', 'b', 'c', 'a', 'c', 'a']);
  });

  it('is bounded', () => {
    const { asking } = queue({ a: 100, b: 100 });
    assert.equal(asking.compose(nowMs).asks.length, 32);
  });

  it('costs nobody anything that is not granted', () => {
    const { asking, lane } = queue({ a: 2, b: 2 });
    const question = asking.compose(nowMs);
    const granted = [true, false, false, false];
    asking.note(question, { granted, retryInMs: 10, accountRetryInMs: [0, 10, 10, 10] }, nowMs);
    assert.deepEqual([lane('a').use, lane('b').use], [question.weight, 0]);
    assert.deepEqual([lane('a').asked, lane('b').asked], [0, 0]);
  });

  it('lets the account rest whose limit was in the way, and nobody else', () => {
    const { asking, lane, share, forecast } = queue({ a: 1, b: 1 });
    const question = asking.compose(nowMs);
    asking.note(question, { granted: [false, true], retryInMs: 40, accountRetryInMs: [40, 0] }, nowMs);
    assert.deepEqual([lane('a').notBeforeMs, share.wakesAtMs], [nowMs + 40, nowMs + 40]);
    assert.ok(forecast.addressFullUntilMs < nowMs);
    assert.equal(share.next(), lane('b'));
  });

  it('lets everybody rest where the address was in the way, for a millisecond at least', () => {
    const { asking, share, forecast } = queue({ a: 1, b: 1 });
    const question = asking.compose(nowMs);
    asking.note(question, { granted: [false, false], retryInMs: 0.2, accountRetryInMs: [0, 0] }, nowMs);
    assert.equal(forecast.addressFullUntilMs, nowMs + 1);
    assert.equal(share.hasReady, true);
  });
});
