// Turns that nobody waits for: out of what real calls leave unused, at once or not at all.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mostWithin, settled } from './simulation.ts';
import { limitOf, openWorld, publishedRules, sends } from './world.ts';

describe('a spare turn', () => {
  it('is given while with it at most half of the account is used', async () => {
    const { quota, budgets, simulation } = openWorld({ rules: limitOf(10) });
    let given = 0;
    for (let asked = 0; asked < 50; asked += 1) {
      const permit = await quota.spareTurn('shop', 'apply');
      if (permit !== undefined) given += 1;
      await simulation.pass(10);
    }
    assert.equal(given, 5);
    assert.equal(budgets.usedBy('shop', 'apply'), 5);
  });

  it('is given while with it at most half of the address is used', async () => {
    const rules = { ...publishedRules, headroomPercent: 0, perAddress: { apply: 8, query: 8, revoke: 8 } };
    const { quota, simulation } = openWorld({ rules });
    let given = 0;
    for (let account = 0; account < 20; account += 1) {
      if ((await quota.spareTurn(`a${account}`, 'apply')) !== undefined) given += 1;
      await simulation.pass(30);
    }
    assert.equal(given, 4);
  });

  it('is never given where one call is more than half', async () => {
    const { quota } = openWorld({ rules: limitOf(1) });
    assert.equal(await quota.spareTurn('shop', 'apply'), undefined);
    const shared = openWorld({ rules: { ...limitOf(4), replicas: 4 } });
    assert.equal(await shared.quota.spareTurn('shop', 'apply'), undefined);
  });

  it('is not given while anybody waits for the action, and does not wait itself', async () => {
    const { quota, call, said } = openWorld({ rules: limitOf(2) });
    for (let asked = 0; asked < 4; asked += 1) call('busy');
    await settled();
    assert.equal(quota.reading().waiting.apply, 3);
    assert.equal(await quota.spareTurn('shop', 'apply'), undefined);
    assert.equal(quota.reading().waiting.apply, 3);
    assert.deepEqual(
      said.filter(({ what }) => what === 'refused'),
      [],
    );
    const other = openWorld({ rules: limitOf(4) });
    for (let asked = 0; asked < 6; asked += 1) other.call('busy');
    assert.notEqual(await other.quota.spareTurn('shop', 'query'), undefined);
  });

  it('goes back to a call that has come while the books were asked', async () => {
    const { quota, budgets, call, simulation } = openWorld({ rules: limitOf(10), roundTripMs: () => 20 });
    const asked = quota.spareTurn('shop', 'apply');
    await simulation.pass(5);
    const real = call('shop', { sendsInMs: 'keeps' });
    await simulation.pass(100);
    assert.equal(await asked, undefined);
    assert.equal(real.turn?.kind, 'turn');
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
  });

  it('is not given while the account is held back, nor after the end', async () => {
    const { quota } = openWorld({ rules: limitOf(10) });
    quota.overflowed('shop', 'apply');
    assert.equal(await quota.spareTurn('shop', 'apply'), undefined);
    assert.notEqual(await quota.spareTurn('other', 'apply'), undefined);
    quota.close();
    assert.equal(await quota.spareTurn('other', 'apply'), undefined);
  });

  it('counts like any other until it is given back', async () => {
    const { quota, budgets, simulation } = openWorld({ rules: limitOf(10) });
    const permit = await quota.spareTurn('shop', 'apply');
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
    permit?.unused();
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
    await simulation.pass(150);
    const sent = await quota.spareTurn('shop', 'apply');
    sent?.sent();
    sent?.unused();
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
    await simulation.pass(1_100);
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
  });

  it('never brings an account over its limit, or itself over half, whatever real calls come', async () => {
    const gaps = fc.array(fc.constantFrom(0, 1, 7, 40, 150, 600), { minLength: 20, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(gaps, gaps, fc.integer({ min: 2, max: 30 }), async (real, spare, limit) => {
        const { quota, call, calls, simulation } = openWorld({ rules: limitOf(limit) });
        const spareSends: number[] = [];
        let atMs = 0;
        for (const gap of real) simulation.schedule((atMs += gap), () => void call('shop'));
        atMs = 0;
        for (const gap of spare) {
          simulation.schedule((atMs += gap), () => {
            void quota.spareTurn('shop', 'apply').then((permit) => {
              if (permit === undefined) return;
              permit.sent();
              spareSends.push(simulation.now());
            });
          });
        }
        await simulation.pass(60_000);
        const all = [...sends(calls), ...spareSends].sort((one, other) => one - other);
        assert.ok(mostWithin(all, 1_000) <= limit);
        assert.ok(mostWithin(spareSends, 1_000) <= limit / 2);
      }),
      { numRuns: 60 },
    );
  });
});
