import assert from 'node:assert/strict';
import { FairShare } from '../../src/quota/fair-share.ts';
import { Lane } from '../../src/quota/lane.ts';
import { waiterIn } from './world.ts';

describe('whose turn is next', () => {
  let numbers = 0;
  const laneWith = (account: string, calls: number): Lane => {
    const lane = new Lane(account);
    for (let call = 0; call < calls; call += 1) lane.add(waiterIn(lane, (numbers += 1)));
    return lane;
  };
  const order = (share: FairShare): (string | undefined)[] => {
    const accounts = [];
    for (let lane = share.next(); lane !== undefined; lane = share.next()) accounts.push(lane.account);
    return accounts;
  };

  it('is the account’s that had the least, and with the same use the call’s that waits longest', () => {
    const share = new FairShare();
    const lanes = ['a', 'b', 'c', 'd'].map((account) => laneWith(account, 1));
    for (const [index, lane] of lanes.entries()) lane.use = [3, 0, 7, 0][index] ?? 0;
    for (const lane of lanes.toReversed()) share.place(lane, 0);
    assert.deepEqual(order(share), ['b', 'd', 'a', 'c']);
  });

  it('is nobody’s who rests, until the rest is over', () => {
    const share = new FairShare();
    const [resting, ready] = [laneWith('resting', 1), laneWith('ready', 1)];
    resting.notBeforeMs = 500;
    for (const lane of [resting, ready]) share.place(lane, 100);
    assert.equal(share.wakesAtMs, 500);
    assert.deepEqual(order(share), ['ready']);
    share.wake(499);
    assert.equal(share.hasReady, false);
    share.wake(500);
    assert.deepEqual(order(share), ['resting']);
    assert.equal(share.wakesAtMs, Infinity);
  });

  it('is nobody’s whose calls have all been asked for', () => {
    const share = new FairShare();
    const lane = laneWith('a', 2);
    lane.asked = 2;
    share.place(lane, 0);
    assert.deepEqual(order(share), []);
    lane.asked = 1;
    share.place(lane, 0);
    assert.deepEqual(order(share), ['a']);
  });

  it('weighs old permits against new ones when the weights begin anew', () => {
    const share = new FairShare();
    const before = laneWith('a while ago', 1);
    const lanes = [before];
    before.use = 100 * share.weight(299_000, lanes);
    const weight = share.weight(304_000, lanes);
    assert.equal(weight, 1);
    assert.ok(Math.abs(before.use - 100 * Math.exp(-5)) < 1e-9);
  });

  it('weighs a permit the less the longer ago it was, and still does after a year', () => {
    const share = new FairShare();
    const lanes = [laneWith('long ago', 1), laneWith('just now', 1)];
    const [longAgo, justNow] = lanes;
    assert.ok(longAgo !== undefined && justNow !== undefined);
    for (let nowMs = 0; nowMs < 365 * 24 * 3_600_000; nowMs += 7_777_777) {
      const weight = share.weight(nowMs, lanes);
      longAgo.use += 4 * weight;
      const later = share.weight(nowMs + 2_000, lanes);
      justNow.use += later;
      assert.ok(Number.isFinite(longAgo.use) && Number.isFinite(justNow.use));
      assert.ok(longAgo.use < justNow.use, 'two seconds make a permit weigh less than a quarter');
      assert.ok(share.comesNext(longAgo));
      share.place(longAgo, nowMs + 2_000);
      assert.equal(share.comesNext(justNow), false);
      share.remove(longAgo);
    }
  });
});
