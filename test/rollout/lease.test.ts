import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLease } from '../../src/rollout/lease.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

const termMs = 4_000;

/** Replicas whose clocks show whatever they like and run alike. */
function replicas(count: number) {
  const store = createMemoryStore({ now: Date.now });
  let clock = 0;
  const leases = Array.from({ length: count }, (_, index) =>
    createLease({ store, replicaId: `r${index}`, monotonicMs: () => clock + index * 1e9, termMs }),
  );
  const [one, two] = leases;
  assert.ok(one && two);
  return { store, leases, one, two, pass: (ms: number) => void (clock += ms) };
}

describe('the lease', () => {
  it('has one holder, as long as that renews it', async () => {
    const { one, two, pass } = replicas(2);
    assert.equal(await one.hold(), true);
    for (let second = 0; second < 60; second += 1) {
      assert.equal(await two.hold(), false);
      pass(1_000);
      assert.equal(await one.hold(), true);
    }
  });

  it('is taken over when nobody has renewed it for a whole term', async () => {
    const { one, two, pass } = replicas(2);
    await one.hold();
    await two.hold();
    pass(termMs - 1);
    assert.equal(await two.hold(), false);
    pass(1);
    assert.equal(await two.hold(), true);
    assert.equal(await one.hold(), false);
  });

  it('may be acted upon for half a term only, so that its holder stops before another begins', async () => {
    const { one, pass } = replicas(2);
    await one.hold();
    pass(termMs / 2 - 1);
    assert.ok(one.isHeld());
    pass(1);
    assert.ok(!one.isHeld());
    assert.equal(await one.hold(), true);
  });

  it('is free at once when its holder lets go, and stays whose it is when another lets go', async () => {
    const { one, two } = replicas(2);
    await one.hold();
    await two.release();
    assert.equal(await two.hold(), false);
    await one.release();
    assert.ok(!one.isHeld());
    assert.equal(await two.hold(), true);
  });

  it('is free when what is kept makes no sense', async () => {
    const { one, store } = replicas(2);
    await store.writeDocument('rollout-lease', 'no JSON', 0);
    assert.equal(await one.hold(), true);
  });

  it('goes to one of those who reach for it at the same moment', async () => {
    const { leases } = replicas(5);
    const held = await Promise.all(leases.map((lease) => lease.hold()));
    assert.equal(held.filter(Boolean).length, 1);
  });

  it('is held by one at a time, whoever looks when', async () => {
    const looks = fc.array(fc.tuple(fc.nat(2), fc.constantFrom(0, 100, 900, 2_100, 4_100)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(looks, async (given) => {
        const { leases, pass } = replicas(3);
        for (const [who, ms] of given) {
          pass(ms);
          await leases[who]?.hold();
          assert.ok(leases.filter((lease) => lease.isHeld()).length <= 1);
        }
      }),
    );
  });
});
