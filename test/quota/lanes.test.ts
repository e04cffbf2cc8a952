import assert from 'node:assert/strict';
import { HoldBack } from '../../src/quota/hold-back.ts';
import { Lanes, restMs } from '../../src/quota/lanes.ts';

describe('the lanes of an action', () => {
  const count = (lanes: Lanes): number => [...lanes.all()].length;

  it('are one for each account', () => {
    const lanes = new Lanes();
    assert.equal(lanes.of('shop', 0), lanes.of('shop', 1));
    assert.notEqual(lanes.of('shop', 0), lanes.of('club', 0));
    assert.equal(lanes.find('nobody'), undefined);
  });

  it('do not pile up while accounts come and go', () => {
    const lanes = new Lanes();
    for (let account = 0; account < 100_000; account += 1) lanes.of(`account-${account}`, account * 1_000);
    assert.ok(count(lanes) < 200, `${count(lanes)} are kept`);
  });

  it('are kept while anything depends on them', () => {
    const lanes = new Lanes();
    const [asking, held, recent] = [lanes.of('asking', 0), lanes.of('held', 0), lanes.of('recent', 0)];
    asking.asked = 1;
    held.hold = new HoldBack();
    for (let account = 0; account < 1_000; account += 1) {
      lanes.of(`account-${account}`, restMs * 2);
      lanes.of('recent', restMs * 2);
    }
    assert.deepEqual(
      ['asking', 'held', 'recent'].map((account) => lanes.find(account)),
      [asking, held, recent],
    );
  });
});
