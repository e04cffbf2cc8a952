// What a caller of the quota can rely on, case by case. That it holds whatever happens is in properties.test.ts.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { jitterMs } from '../../src/quota/pacer.ts';
import { settled } from './simulation.ts';
import { limitOf, openWorld, publishedRules, refusalOf, sends, waitedMs } from './world.ts';
import type { Call, World } from './world.ts';

describe('a turn', () => {
  it('is given at once while there is room', async () => {
    const { call } = openWorld();
    const asked = call('shop');
    await settled();
    assert.equal(asked.turn?.kind, 'turn');
    assert.equal(waitedMs(asked), 0);
  });

  it('is given in the order of arrival within an account', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(5) });
    const calls = Array.from({ length: 12 }, () => call('shop'));
    await simulation.pass(4_000);
    const order = calls.toSorted((one, other) => (one.sentMs ?? Infinity) - (other.sentMs ?? Infinity));
    assert.deepEqual(order, calls);
  });

  it('does not wait for another account, or another action, that has used up its limit', async () => {
    const { call, simulation } = openWorld();
    for (let storm = 0; storm < 300; storm += 1) call('storm');
    await simulation.pass(500);
    const others = [call('shop'), call('storm', { action: 'query' })];
    await settled();
    assert.deepEqual(others.map(waitedMs), [0, 0]);
  });

  it('counts from its permit until a second after it was sent, however often that is said', async () => {
    const { quota, budgets, simulation } = openWorld();
    const turn = await quota.turn('shop', 'apply', { forMs: 0 });
    assert.ok(turn.kind === 'turn');
    await simulation.pass(5_000);
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
    turn.permit.sent();
    turn.permit.sent();
    turn.permit.unused();
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
    await simulation.pass(1_100);
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
  });

  it('goes to the next at once when it is given back', async () => {
    const { quota, budgets, call, simulation } = openWorld({ rules: limitOf(1) });
    const turn = await quota.turn('shop', 'apply', { forMs: 0 });
    assert.ok(turn.kind === 'turn');
    await simulation.pass(jitterMs);
    const next = call('shop');
    await simulation.pass(200);
    assert.equal(next.answers, 0);
    turn.permit.unused();
    turn.permit.unused();
    await settled();
    assert.equal(waitedMs(next), 200);
    assert.equal(next.turn?.kind, 'turn');
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
  });

  it('is not denied to calls that come together because of those that have gone before them', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(90) });
    const calls = Array.from({ length: 30 }, () => call('shop', { forMs: 330 }));
    await simulation.pass(400);
    assert.equal(sends(calls).length, 30);
  });

  it('needs no time to wait where there is room, and is refused at once where there is none', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(20) });
    for (const former of [0, 30]) {
      for (let asked = 0; asked < former; asked += 1) call('shop');
      await simulation.pass(10_000);
      const calls = Array.from({ length: 5 }, () => call('shop', { forMs: 0 }));
      await settled();
      assert.deepEqual(calls.map(refusalOf), [undefined, undefined, undefined, 'too-late', 'too-late']);
      assert.ok(calls.every((one) => waitedMs(one) === 0));
    }
  });
});

describe('what cannot find its turn in time', () => {
  /** A queue of 20 calls, of which 10 leave in each second. */
  const queue = async (): Promise<World> => {
    const world = openWorld({ rules: limitOf(10) });
    for (let ahead = 0; ahead < 30; ahead += 1) world.call('shop', { forMs: 10_000 });
    await world.simulation.pass(1_000);
    assert.equal(world.quota.reading().waiting.apply, 20);
    return world;
  };

  it('is refused at once', async () => {
    const { call } = await queue();
    const asked = call('shop', { forMs: 1_500 });
    await settled();
    assert.equal(refusalOf(asked), 'too-late');
    assert.equal(waitedMs(asked), 0);
  });

  it('is refused without waiting for the books, where it is known already', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(10), roundTripMs: () => 50 });
    for (let ahead = 0; ahead < 40; ahead += 1) call('shop', { forMs: 10_000 });
    await simulation.pass(1_000);
    for (let asked = 0; asked < 20; asked += 1) {
      const late = call('shop', { forMs: 500 });
      await simulation.pass(10);
      assert.equal(refusalOf(late), 'too-late');
      assert.equal(waitedMs(late), 0);
    }
  });

  it('is told when it would find it', async () => {
    const { call, simulation } = await queue();
    const asked = call('shop', { forMs: 500 });
    await settled();
    assert.ok(asked.turn?.kind === 'none');
    const { retryAfterMs } = asked.turn;
    assert.ok(retryAfterMs >= 1_300 && retryAfterMs <= 1_700, `${retryAfterMs} ms`);
    await simulation.pass(retryAfterMs + 100);
    const again = call('shop', { forMs: 500 });
    await simulation.pass(1_000);
    assert.equal(again.turn?.kind, 'turn');
  });

  it('is admitted where it is just in time, and served then', async () => {
    const { call, simulation } = await queue();
    const asked = call('shop', { forMs: 2_150 });
    await simulation.pass(3_000);
    assert.equal(asked.turn?.kind, 'turn');
    assert.ok(waitedMs(asked) > 1_900);
  });

  it('leaves the queue when its time is over, if the turn was expected earlier', async () => {
    const { call, simulation, said } = openWorld({ rules: limitOf(2) });
    call('shop', { sendsInMs: 'keeps' });
    call('shop', { sendsInMs: 'keeps' });
    const asked = call('shop', { forMs: 1_200 });
    await simulation.pass(3_000);
    assert.equal(refusalOf(asked), 'too-late');
    assert.ok(waitedMs(asked) >= 1_200 && waitedMs(asked) <= 1_201);
    assert.deepEqual(said.at(-1), {
      what: 'refused',
      account: 'shop',
      action: 'apply',
      reason: 'too-late',
    });
  });

  it('leaves it in time also while the books do not answer', async () => {
    const { call, simulation } = openWorld({ roundTripMs: () => 5_000 });
    const asked = call('shop', { forMs: 300 });
    await simulation.pass(400);
    assert.equal(refusalOf(asked), 'too-late');
    assert.ok(waitedMs(asked) <= 301);
  });

  it('is refused at once where too many wait already', async () => {
    const { call, quota } = openWorld({ rules: limitOf(10), mostWaiting: 10 });
    for (let waiting = 0; waiting < 10; waiting += 1) call('shop');
    await settled();
    assert.equal(quota.reading().waiting.apply, 8);
    const calls = Array.from({ length: 5 }, () => call('club', { action: 'query' }));
    await settled();
    assert.deepEqual(calls.map(refusalOf), [undefined, undefined, 'full', 'full', 'full']);
    assert.ok(calls.every(({ turn }) => turn?.kind !== 'none' || turn.retryAfterMs >= 1));
  });
});

describe('a caller that hangs up', () => {
  it('leaves the queue, wherever it stands', async () => {
    const { call, simulation, quota, said } = openWorld({ rules: limitOf(4) });
    const leaving = new AbortController();
    const calls = Array.from({ length: 12 }, (_, index) =>
      call('shop', index % 3 === 2 ? { signal: leaving.signal } : {}),
    );
    await simulation.pass(300);
    leaving.abort();
    await settled();
    const left = calls.filter((one) => refusalOf(one) === 'left');
    assert.deepEqual(
      left,
      calls.filter((_, index) => index % 3 === 2 && index > 3),
    );
    assert.equal(said.filter(({ what }) => what === 'refused').length, left.length);
    await simulation.pass(4_000);
    assert.equal(sends(calls).length, 12 - left.length);
    assert.equal(quota.reading().waiting.apply, 0);
  });

  it('is not let in when it has left before', async () => {
    const { call, budgets } = openWorld();
    const asked = call('shop', { signal: AbortSignal.abort() });
    await settled();
    assert.equal(refusalOf(asked), 'left');
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
  });

  it('leaves its permit to the next when that comes too late for it', async () => {
    const { call, simulation, budgets } = openWorld({ rules: limitOf(1), roundTripMs: () => 50 });
    const leaving = new AbortController();
    const asked = call('shop', { signal: leaving.signal });
    await simulation.pass(20);
    leaving.abort();
    const next = call('shop', { forMs: 1_000 });
    await simulation.pass(1_000);
    assert.equal(refusalOf(asked), 'left');
    assert.equal(next.turn?.kind, 'turn');
    await simulation.pass(2_000);
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
  });

  it('leaves with the answer of the books when it has left while they were asked', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(1), roundTripMs: () => 50 });
    call('shop');
    await simulation.pass(60);
    const leaving = new AbortController();
    const asked = call('shop', { signal: leaving.signal });
    await simulation.pass(20);
    leaving.abort();
    await simulation.pass(3_000);
    assert.equal(refusalOf(asked), 'left');
    assert.equal(waitedMs(asked), 50);
  });

  it('leaves no listener on its signal', async () => {
    const { call, simulation } = openWorld({ rules: limitOf(2) });
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    for (let waiting = 0; waiting < 6; waiting += 1) call('shop', { signal });
    await settled();
    assert.equal(listeners(), 5);
    await simulation.pass(5_000);
    assert.equal(listeners(), 0);
  });
});

describe('closing the quota', () => {
  it('refuses what waits and what comes, and takes what permits are still used for', async () => {
    const { quota, call, simulation, budgets } = openWorld({ rules: limitOf(2) });
    const turn = await quota.turn('shop', 'apply', { forMs: 0 });
    const waiting = Array.from({ length: 4 }, () => call('shop'));
    await settled();
    quota.close();
    assert.equal(simulation.pending, 0);
    const late = call('shop', { action: 'query' });
    await settled();
    assert.deepEqual([...waiting, late].map(refusalOf), Array<string>(5).fill('closed'));
    assert.ok(turn.kind === 'turn');
    turn.permit.sent();
    assert.equal(budgets.usedBy('shop', 'apply'), 1);
    await simulation.pass(10_000);
    assert.equal(simulation.pending, 0);
  });

  it('gives back what the books grant after that', async () => {
    const { quota, call, simulation, budgets } = openWorld({ roundTripMs: () => 50 });
    const asked = call('shop');
    await simulation.pass(30);
    quota.close();
    await simulation.pass(100);
    assert.equal(refusalOf(asked), 'closed');
    assert.equal(budgets.usedBy('shop', 'apply'), 0);
  });
});

describe('other rules', () => {
  it('let in at once what a higher limit has room for', async () => {
    const { call, configure, simulation } = openWorld({ rules: limitOf(1) });
    const calls = Array.from({ length: 4 }, () => call('shop', { forMs: 60_000 }));
    await simulation.pass(500);
    assert.equal(sends(calls).length, 1);
    configure(limitOf(90));
    await settled();
    assert.equal(sends(calls).length, 4);
  });

  it('hold from the next permit on when the limit is lower', async () => {
    const { call, configure, simulation } = openWorld({ rules: limitOf(90) });
    const calls = Array.from({ length: 400 }, () => call('shop', { forMs: 60_000 }));
    await simulation.pass(1_000);
    configure(limitOf(9));
    await simulation.pass(2_000);
    const before = sends(calls).length;
    await simulation.pass(5_000);
    assert.ok(Math.abs(sends(calls).length - before - 45) <= 1);
  });
});

describe('a quota at rest', () => {
  it('runs nothing', async () => {
    const { call, simulation } = openWorld();
    for (let asked = 0; asked < 200; asked += 1) call('shop');
    await simulation.pass(60_000);
    assert.equal(simulation.pending, 0);
  });

  it('sets no timer for each call that finds its turn at once', async () => {
    const { call, simulation } = openWorld();
    for (let asked = 0; asked < 50; asked += 1) {
      call('shop');
      await simulation.pass(20);
      assert.ok(simulation.pending <= 1);
    }
  });
});

describe('an account that the gateway calls over its rate', () => {
  const storm = async (): Promise<World & { readonly storm: Call[] }> => {
    const world = openWorld({ rules: limitOf(100) });
    const calls = Array.from({ length: 2_000 }, () => world.call('storm', { forMs: 60_000 }));
    await world.simulation.pass(2_000.5);
    return { ...world, storm: calls };
  };
  const perSecond = (calls: readonly Call[], fromMs: number, seconds: number): number[] =>
    Array.from({ length: seconds }, (_, second) => {
      const beginMs = fromMs + second * 1_000;
      return sends(calls).filter((moment) => moment >= beginMs && moment < beginMs + 1_000).length;
    });

  it('makes no call for a second, then half as many as before, and a step more in each second', async () => {
    const { quota, simulation, storm: calls, said } = await storm();
    quota.overflowed('storm', 'apply');
    const fromMs = simulation.now();
    await simulation.pass(8_000);
    const counts = perSecond(calls, fromMs, 8);
    for (const [second, expected] of [0, 50, 60, 70, 80, 90, 100, 100].entries()) {
      const count = counts[second] ?? 0;
      assert.ok(count <= expected && count >= expected - 3, `${count} of ${expected} in second ${second}`);
    }
    quota.reading();
    quota.reading();
    const news = said.filter(({ what }) => what === 'heldBack' || what === 'released');
    assert.deepEqual(news, [
      { what: 'heldBack', account: 'storm', action: 'apply', limit: 50 },
      { what: 'released', account: 'storm', action: 'apply', limit: 100 },
    ]);
  });

  it('is not held back twice for calls that were in flight together', async () => {
    const { quota, said, simulation } = await storm();
    for (let inFlight = 0; inFlight < 20; inFlight += 1) {
      quota.overflowed('storm', 'apply');
      await simulation.pass(10);
    }
    assert.equal(said.filter(({ what }) => what === 'heldBack').length, 1);
  });

  it('makes half as many again when the gateway says so again', async () => {
    const { quota, said, simulation, storm: calls } = await storm();
    quota.overflowed('storm', 'apply');
    await simulation.pass(1_500.3);
    quota.overflowed('storm', 'apply');
    const fromMs = simulation.now();
    await simulation.pass(2_000);
    const [silent, after = 0] = perSecond(calls, fromMs, 2);
    assert.equal(silent, 0);
    assert.ok(after > 20 && after <= 25);
    assert.deepEqual(
      said.flatMap((news) => (news.what === 'heldBack' ? news.limit : [])),
      [50, 25],
    );
  });

  it('is told to wait out the silence, and no other account or action is', async () => {
    const { quota, call } = openWorld();
    quota.overflowed('storm', 'apply');
    const held = call('storm', { forMs: 900 });
    const free = [call('shop'), call('storm', { action: 'query' })];
    await settled();
    assert.ok(held.turn?.kind === 'none' && held.turn.reason === 'too-late');
    assert.equal(held.turn.retryAfterMs, 100);
    assert.deepEqual(free.map(waitedMs), [0, 0]);
  });

  it('is not let in before its time by an answer of the books that was under way', async () => {
    const { quota, call, simulation } = openWorld({ rules: limitOf(20), roundTripMs: () => 20 });
    for (let asked = 0; asked < 3; asked += 1) call('shop');
    await simulation.pass(45);
    const asked = call('shop');
    await simulation.pass(10);
    quota.overflowed('shop', 'apply');
    await simulation.pass(3_000);
    assert.ok(waitedMs(asked) >= 1_000, `${waitedMs(asked)} ms`);
  });

  it('is not let in before its time by a permit that comes back', async () => {
    const { quota, call, simulation } = openWorld({ rules: limitOf(100) });
    const turn = await quota.turn('shop', 'apply', { forMs: 0 });
    quota.overflowed('shop', 'apply');
    const asked = call('shop');
    await simulation.pass(300);
    assert.ok(turn.kind === 'turn');
    turn.permit.unused();
    await simulation.pass(2_000);
    assert.equal(waitedMs(asked), 1_000);
  });
});

describe('the early warning', () => {
  const warnings = ({ said }: World) => said.flatMap((news) => (news.what === 'nearlyUsed' ? [news] : []));

  it('comes when four fifths of an account’s limit are used, once in a minute', async () => {
    const world = openWorld();
    const tenPerSecond = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call += 1) {
        world.call('shop');
        await world.simulation.pass(12);
      }
    };
    await tenPerSecond(71);
    assert.deepEqual(warnings(world), []);
    await tenPerSecond(1);
    assert.deepEqual(warnings(world), [
      { what: 'nearlyUsed', scope: 'account', account: 'shop', action: 'apply', limit: 90, used: 72 },
    ]);
    await tenPerSecond(800);
    assert.equal(warnings(world).length, 1);
    await world.simulation.pass(60_000);
    await tenPerSecond(100);
    assert.equal(warnings(world).length, 2);
  });

  it('comes before the first call is refused', async () => {
    const world = openWorld();
    for (let call = 0; call < 500; call += 1) world.call('shop', { forMs: 2_000 });
    await settled();
    assert.ok(world.calls.some((call) => refusalOf(call) === 'too-late'));
    const firstWarning = world.said.findIndex(({ what }) => what === 'nearlyUsed');
    const firstRefusal = world.said.findIndex(({ what }) => what === 'refused');
    assert.ok(firstWarning >= 0 && firstWarning < firstRefusal);
  });

  it('comes before the refusal also where no call has waited', async () => {
    const world = openWorld();
    world.quota.overflowed('shop', 'apply');
    world.call('shop', { forMs: 100 });
    await settled();
    assert.deepEqual(
      world.said.map(({ what }) => what),
      ['heldBack', 'nearlyUsed', 'refused'],
    );
  });

  it('speaks of the address when that is what is nearly used', async () => {
    const world = openWorld();
    for (const account of ['a', 'b', 'c', 'd', 'e', 'f']) world.stream(account, () => 21, 1_000);
    await world.simulation.pass(1_000);
    assert.deepEqual(
      warnings(world).map(({ scope }) => scope),
      ['address'],
    );
  });

  it('speaks of the address when a call is refused for want of room there', async () => {
    const perAddress = { apply: 2, query: 2, revoke: 2 };
    const world = openWorld({ rules: { ...limitOf(1_000), perAddress } });
    for (const account of ['a', 'b', 'c']) world.call(account, { forMs: 50 });
    await settled();
    assert.deepEqual(world.calls.map(refusalOf), [undefined, 'too-late', 'too-late']);
    assert.deepEqual(
      warnings(world).map(({ scope }) => scope),
      ['address'],
    );
  });

  it('does not come for a burst that is only spread a little', async () => {
    const world = openWorld();
    for (let call = 0; call < 20; call += 1) world.call('shop');
    await world.simulation.pass(5_000);
    assert.equal(sends(world.calls).length, 20);
    assert.deepEqual(warnings(world), []);
  });

  it('does not come for a single call, however small the limit', async () => {
    const world = openWorld({ rules: limitOf(1) });
    world.call('shop');
    await world.simulation.pass(5_000);
    assert.deepEqual(warnings(world), []);
  });
});

describe('the reading of a quota', () => {
  it('has every address, and the accounts in use or waited for', async () => {
    const { call, quota, simulation } = openWorld();
    for (let asked = 0; asked < 12; asked += 1) call('shop', { action: 'revoke' });
    call('club');
    await simulation.pass(50);
    const { mode, budgets, waiting } = quota.reading();
    assert.equal(mode, 'own');
    assert.deepEqual(waiting, { apply: 0, query: 0, revoke: 11 });
    assert.deepEqual(budgets, [
      { scope: 'address', action: 'apply', limit: 270, used: 1 },
      { scope: 'account', account: 'club', action: 'apply', limit: 90, used: 1 },
      { scope: 'address', action: 'query', limit: 270, used: 0 },
      { scope: 'address', action: 'revoke', limit: 270, used: 1 },
      { scope: 'account', account: 'shop', action: 'revoke', limit: 4, used: 1 },
    ]);
  });

  it('shows an account that only waits, with what is held back', async () => {
    const { call, quota } = openWorld();
    quota.overflowed('shop', 'apply');
    call('shop');
    await settled();
    const shop = quota.reading().budgets.find(({ account }) => account === 'shop');
    assert.deepEqual(shop, { scope: 'account', account: 'shop', action: 'apply', limit: 45, used: 0 });
  });

  it('shows the part of the limits that this process has', async () => {
    const { call, quota } = openWorld({ rules: { ...publishedRules, replicas: 3 } });
    call('shop');
    await settled();
    assert.deepEqual(
      quota.reading().budgets.map(({ limit }) => limit),
      [90, 30, 90, 90],
    );
  });

  it('shows the whole limits where replicas share the books', async () => {
    const { call, quota } = openWorld({ rules: { ...publishedRules, replicas: 3 }, isShared: true });
    call('shop');
    await settled();
    const { mode, budgets } = quota.reading();
    assert.equal(mode, 'shared');
    assert.deepEqual(
      budgets.map(({ limit }) => limit),
      [270, 90, 270, 270],
    );
  });
});
