// What a call is told of its turn where accounts share an address: admitted or refused at once, and when to come again.
import assert from 'node:assert/strict';
import type { QuotaRules } from '../../src/quota/quota.ts';
import { settled } from './simulation.ts';
import { openWorld, refusalOf, waitedMs } from './world.ts';

/** Accounts without a limit of their own. */
function addressOf(callsPerSecond: number): QuotaRules {
  const perAddress = { apply: callsPerSecond, query: callsPerSecond, revoke: callsPerSecond };
  return { accountLimit: () => 10_000, perAddress, headroomPercent: 0, replicas: 1 };
}

describe('the forecast of a turn at a busy address', () => {
  it('counts the calls of all accounts', async () => {
    const { call, simulation } = openWorld({ rules: addressOf(10) });
    for (let account = 0; account < 40; account += 1) call(`account-${account}`, { forMs: 10_000 });
    await simulation.pass(1_050);
    const [hasty, patient] = [call('hasty', { forMs: 2_000 }), call('patient', { forMs: 4_000 })];
    await settled();
    assert.equal(refusalOf(hasty), 'too-late');
    assert.ok(hasty.turn?.kind === 'none');
    assert.ok(Math.abs(hasty.turn.retryAfterMs - 1_000) < 400, `${hasty.turn.retryAfterMs} ms`);
    await simulation.pass(5_000);
    assert.equal(patient.turn?.kind, 'turn');
  });

  it('counts a round of the accounts for each call of the same account', async () => {
    const { call, simulation } = openWorld({ rules: addressOf(10) });
    const calls = Array.from({ length: 40 }, (_, index) => call(`account-${index % 4}`, { forMs: 2_500 }));
    await simulation.pass(4_000);
    const served = calls.filter(({ turn }) => turn?.kind === 'turn');
    const refused = calls.filter((one) => refusalOf(one) === 'too-late');
    assert.ok(served.length >= 24, `${served.length} are served`);
    assert.ok(refused.filter((one) => waitedMs(one) === 0).length >= 8);
  });

  it('lets in an account that had nothing lately, since it comes next', async () => {
    const { call, simulation } = openWorld({ rules: addressOf(2) });
    for (let asked = 0; asked < 50; asked += 1) call(`storm-${asked % 5}`, { forMs: 20_000 });
    await simulation.pass(4_000);
    const asked = call('small', { forMs: 1_000 });
    await simulation.pass(1_000);
    assert.equal(asked.turn?.kind, 'turn');
  });

  it('does not hold what an account saw long ago against it', async () => {
    const { call, simulation } = openWorld({ rules: addressOf(10) });
    for (let asked = 0; asked < 40; asked += 1) call('shop', { forMs: 10_000 });
    await simulation.pass(12_000);
    for (let account = 0; account < 12; account += 1) call(`account-${account}`, { forMs: 10_000 });
    const asked = call('shop', { forMs: 3_000 });
    await simulation.pass(3_000);
    assert.equal(asked.turn?.kind, 'turn');
  });

  it('is as right after a long storm as at its beginning', async () => {
    const { call, simulation, quota } = openWorld({ rules: addressOf(10) });
    for (let asked = 0; asked < 400; asked += 1) {
      call(`account-${asked}`, { forMs: 3_000 });
      await simulation.pass(70);
    }
    const expectedMs = quota.reading().waiting.apply * 100;
    const asked = call('late', { forMs: 0 });
    await settled();
    assert.ok(asked.turn?.kind === 'none');
    const { retryAfterMs } = asked.turn;
    assert.ok(Math.abs(retryAfterMs - expectedMs) < expectedMs * 0.25, `${retryAfterMs} of ${expectedMs} ms`);
  });
});
