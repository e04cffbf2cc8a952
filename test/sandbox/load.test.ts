// The simulated load against an emulated old service. No verdict depends on how fast the machine is.
import assert from 'node:assert/strict';
import { startLoad } from '../../src/sandbox/load.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { until } from './peers.ts';

describe('the load', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox();
  });
  afterEach(() => sandbox.close());

  function options(more: { callsPerSecond: number; maxInFlight?: number; clock?: () => number }) {
    const { accessKey, secret, instanceId } = sandbox;
    return { url: `${sandbox.legacy.url}/`, accessKey, secret, instanceId, ...more };
  }

  it('calls as often as it is told to by its clock, mostly apply, and every call is understood', async () => {
    let nowMs = Date.now();
    const load = startLoad(options({ callsPerSecond: 100, clock: () => nowMs }));
    try {
      for (let second = 1; second <= 10; second += 1) {
        nowMs += 1_000;
        await until(() => load.stats().answered === second * 100);
      }
      const { sent, codes, failed, dropped, inFlight } = load.stats();
      assert.equal(sent.apply + sent.query + sent.revoke, 1_000);
      assert.ok(sent.apply > sent.query && sent.query > 0);
      assert.ok(sent.revoke <= 5);
      assert.deepEqual([failed, dropped, inFlight], [0, 0, 0]);
      // A query may meet a token that a call beside it has just revoked.
      assert.ok((codes['200'] ?? 0) + (codes['3'] ?? 0) === 1_000);
      assert.ok(sandbox.legacy.stats().connections.opened <= 16);
    } finally {
      await load.stop();
    }
  });

  it('keeps no more under way than it may, counts what it drops, and stops with calls hanging', async () => {
    sandbox.legacy.faults.set({ kind: 'hang' });
    const load = startLoad(options({ callsPerSecond: 1_000, maxInFlight: 4 }));
    await until(() => load.stats().dropped > 50);
    assert.equal(load.stats().inFlight, 4);
    await load.stop();
    assert.equal(load.stats().inFlight, 0);
    assert.equal(load.stats().failed, 4);
  });

  it('counts answers that make no sense and calls that fail', async () => {
    sandbox.legacy.faults.set({ kind: 'not-json', count: 5 }, { kind: 'reset', at: 'after-reading' });
    const load = startLoad(options({ callsPerSecond: 200 }));
    await until(() => load.stats().codes['unreadable'] === 5 && load.stats().failed > 5);
    await load.stop();
    assert.deepEqual(load.stats().codes, { unreadable: 5 });
  });
});
