import assert from 'node:assert/strict';
import { createCallRates } from '../../src/split/call-rates.ts';
import { createFleetRates } from '../../src/split/fleet-rates.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

describe('the rates of a fleet', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_700_000_000_000;
  });
  const now = () => nowMs;
  const fleet = () => {
    const store = createMemoryStore({ now });
    return (replicaId: string) => {
      const own = createCallRates(now);
      return { own, rates: createFleetRates({ store, own, replicaId, now }), store };
    };
  };

  it('are those of all replicas together, once they were shared', async () => {
    const member = fleet();
    const [a, b] = [member('a'), member('b')];
    for (let call = 0; call < 50; call += 1) a.own.called('shop', 'apply');
    for (let call = 0; call < 100; call += 1) b.own.called('shop', 'apply');
    await a.rates.share();
    await b.rates.share();
    await a.rates.share();
    for (const { rates } of [a, b]) {
      assert.equal(rates.busiest().accounts.get('shop')?.apply, 30);
      assert.equal(rates.busiest().all.apply, 30);
    }
  });

  it('leave a replica out that has been silent for a minute', async () => {
    const member = fleet();
    const [a, b] = [member('a'), member('b')];
    for (let call = 0; call < 50; call += 1) a.own.called('shop', 'apply');
    await a.rates.share();
    await b.rates.share();
    assert.equal(b.rates.busiest().all.apply, 10);
    nowMs += 60_000;
    await b.rates.share();
    assert.equal(b.rates.busiest().all.apply, 0);
  });

  it('begin anew where the document cannot be read', async () => {
    const { own, rates, store } = fleet()('a');
    await store.writeDocument('call-rates', '{"format":1,"replicas":{"b":{"atMs":"soon"}}}', 0);
    own.called('shop', 'query');
    await rates.share();
    assert.equal(rates.busiest().all.query, 0.2);
    assert.match((await store.readDocument('call-rates'))?.text ?? '', /"a"/);
  });
});
