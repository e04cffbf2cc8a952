// One replica: orders, ticks, the guard, a store that fails, and restarts.
import assert from 'node:assert/strict';
import { openRollout } from '../../src/rollout/controller.ts';
import type { RolloutStore, RolloutSurroundings } from '../../src/rollout/ports.ts';
import { keepTicking } from '../../src/rollout/ticking.ts';
import { openDial } from '../../src/split/stored-dial.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { eventually } from '../store/kit.ts';
import { fakeDial, fleet, minute, misfit, plan, startMs, type Replica } from './kit.ts';

const stateOf = ({ rollout }: Replica) => rollout.view().state;
const brief = ({ rollout }: Replica) => {
  const { state, cause, gatewayPercent } = rollout.view();
  return `${state}${cause === undefined ? '' : ` (${cause})`} at ${gatewayPercent ?? 0} %`;
};

/** All is well, and nobody listens. */
function surroundings(): RolloutSurroundings {
  return {
    store: createMemoryStore({ now: Date.now }),
    dial: fakeDial(),
    health: { gatewayBreakerOpen: () => false, oldService: () => 'answers' },
    misfitsAt: () => [],
    now: () => startMs,
    monotonicMs: () => performance.now(),
    replicaId: 'here',
    transitioned: () => undefined,
    log: () => undefined,
  };
}

describe('the rollout of one replica', () => {
  it('is idle before the first start', async () => {
    const one = await fleet().replica();
    const { state, step, gatewayPercent, reason, evidence, version } = one.rollout.view();
    assert.deepEqual([state, step, gatewayPercent, version], ['idle', null, null, 0]);
    assert.equal(reason, 'no rollout was started yet');
    assert.equal(evidence.verdict, 'need-more-data');
  });

  it('starts with the weight of the first step, and answers with what is in force', async () => {
    const world = fleet();
    const one = await world.replica();
    const answer = await one.order('start', { reason: 'here we go' });
    assert.ok(answer.kind === 'done');
    const { state, step, gatewayPercent, by, reason, heldUntilMs } = answer.view;
    assert.deepEqual(
      { state, step, gatewayPercent, by, reason, heldUntilMs },
      {
        state: 'progressing',
        step: 0,
        gatewayPercent: 1,
        by: 'alice',
        reason: 'here we go',
        heldUntilMs: startMs + 10 * minute,
      },
    );
    assert.deepEqual(world.dial.state(), { version: 2, gatewayPercent: 1, forced: false });
  });

  it('refuses with the reason, and keeps nothing of it', async () => {
    const world = fleet();
    const one = await world.replica();
    one.sees.misfits = [misfit];
    const answer = await one.order('start');
    assert.ok(answer.kind === 'refused');
    assert.match(answer.why, /would not fit: account shop: 140 apply calls\/s, 90 fit; force goes on/);
    assert.deepEqual(await world.history(), []);
    assert.deepEqual(world.dial.orders, []);
  });

  it('goes through all steps by itself, with an entry in the history for each transition', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    for (let step = 0; step < 3; step += 1) {
      one.feed(50, 'ok');
      await world.pass(30 * minute, one);
    }
    assert.equal(brief(one), 'holding (manual) at 50 %');
    await one.order('promote', { by: 'bob' });
    await world.pass(1_000, one);
    assert.equal(brief(one), 'holding (data) at 100 %');
    one.feed(20, 'ok');
    assert.match(one.rollout.view().reason, /^need more data: about 30 more calls/);
    one.feed(30, 'ok');
    await world.pass(1_000, one);
    assert.equal(brief(one), 'completed at 100 %');
    const seen = one.changes.map(({ kind, from, to, by }) => [kind, from, to, by]);
    assert.deepEqual(seen, [
      ['rollout-start', 0, 1, 'alice'],
      ['rollout-step', 1, 5, 'rollout'],
      ['rollout-step', 5, 25, 'rollout'],
      ['rollout-step', 25, 50, 'rollout'],
      ['rollout-step', 50, 100, 'bob'],
      ['rollout-hold', 100, 100, 'rollout'],
      ['rollout-complete', 100, 100, 'rollout'],
    ]);
    assert.deepEqual(await world.history(), JSON.parse(JSON.stringify(one.changes.toReversed())));
    assert.equal(one.changes.at(-1)?.evidence.gateway.calls, 200);
  });

  it('pauses when somebody turns the dial, and goes on from there', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    world.dial.set(30);
    await world.pass(1_000, one);
    assert.equal(brief(one), 'paused at 1 %');
    assert.match(one.rollout.view().reason, /^the weight was set to 30 % meanwhile/);
    await one.order('resume');
    assert.equal(brief(one), 'holding (manual) at 50 %');
    assert.equal(world.dial.state().gatewayPercent, 50);
  });

  it('goes by another plan when the configuration is changed', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.rollout.configure({
      ...plan,
      steps: [{ gatewayPercent: 1, hold: 1_000 }, { gatewayPercent: 10 }],
      abortWhen: { errorPercent: 2, minRequests: 5 },
    });
    one.feed(5, 'ok');
    await world.pass(1_000, one);
    assert.equal(brief(one), 'progressing at 10 %');
  });

  it('gives an order again that the dial did not take', async () => {
    const world = fleet();
    const one = await world.replica();
    world.dial.fail(true);
    await one.order('start');
    assert.match(one.lines[0] ?? '', /^error: the dial did not take the rollout's order yet: no space/);
    world.dial.fail(false);
    await world.live(3_000, one);
    assert.equal(world.dial.state().gatewayPercent, 1);
    assert.equal(stateOf(one), 'progressing');
  });
});

describe('an abort', () => {
  it('is in force when the tenth fault has been counted', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.feed(9, 'fault');
    assert.equal(world.dial.state().forced, false);
    one.feed(1, 'fault');
    assert.deepEqual(world.dial.state(), { version: 3, gatewayPercent: 0, forced: true });
    assert.equal(stateOf(one), 'aborted');
    await eventually(() => one.changes.length === 2);
    const { kind, urgent, reason, evidence } = one.changes[1] ?? {};
    assert.deepEqual([kind, urgent, reason], ['rollout-abort', true, '10 gateway calls failed in a row']);
    assert.equal(evidence?.faultsInARow, 10);
  });

  it('is told with the weight that it came from, ordered or not', async () => {
    for (const ordered of [true, false]) {
      const world = fleet();
      const one = await world.replica();
      await one.order('start');
      if (ordered) await one.order('abort');
      else one.feed(10, 'fault');
      await eventually(() => one.changes.length === 2);
      assert.deepEqual([one.changes[1]?.from, one.changes[1]?.to], [1, 0]);
    }
  });

  it('happens once, however many calls fail meanwhile', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.feed(500, 'fault');
    await world.live(3_000, one);
    assert.equal(world.dial.orders.filter(({ kind }) => kind === 'all-back').length, 1);
    assert.equal(one.changes.filter(({ kind }) => kind === 'rollout-abort').length, 1);
  });

  it('happens while the rollout is paused, and while it waits for somebody', async () => {
    for (const wait of ['pause', 'manual'] as const) {
      const world = fleet({ dial: fakeDial({ gatewayPercent: 40 }) });
      const one = await world.replica();
      await one.order('start');
      if (wait === 'pause') await one.order('pause');
      await world.live(5_000, one);
      one.feed(10, 'fault');
      assert.equal(world.dial.state().forced, true);
      assert.equal(stateOf(one), 'aborted');
    }
  });

  it('is in force though nothing can be kept, and is kept when the store works again', async () => {
    for (const mood of ['full', 'gone'] as const) {
      const world = fleet();
      const one = await world.replica();
      await one.order('start');
      one.be(mood);
      one.feed(10, 'fault');
      assert.equal(world.dial.state().forced, true);
      await world.live(5_000, one);
      assert.equal(stateOf(one), 'aborted');
      assert.match(
        one.rollout.view().problem ?? '',
        /the rollout is aborted: 10 gateway calls failed in a row/,
      );
      assert.equal(one.lines.filter((line) => line.includes('the rollout is aborted: 10')).length, 1);
      one.be('well');
      await world.pass(1_000, one);
      assert.equal(one.rollout.view().problem, undefined);
      assert.match(one.lines.at(-1) ?? '', /^info: the rollout is kept and read again/);
      assert.equal(stateOf(await world.replica()), 'aborted');
    }
  });

  it('is ordered though the store is gone, which other orders are not', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.be('gone');
    await assert.rejects(one.order('pause'), { name: 'StoreError' });
    const answer = await one.order('abort', { reason: 'enough' });
    assert.ok(answer.kind === 'done' && answer.view.state === 'aborted');
    assert.notEqual(answer.view.problem, undefined);
    assert.equal(world.dial.state().forced, true);
    one.be('well');
    await one.rollout.close();
    const again = await world.replica();
    assert.deepEqual([again.rollout.view().state, again.rollout.view().reason], ['aborted', 'enough']);
  });

  it('waits for an old service that does not answer, shouts, and is carried out when it does', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.sees.oldService = 'silent';
    one.feed(30, 'fault');
    await world.live(5_000, one);
    assert.equal(brief(one), 'holding (old-service) at 1 %');
    assert.equal(world.dial.state().gatewayPercent, 1);
    assert.deepEqual(
      one.changes.slice(1).map(({ kind, urgent }) => [kind, urgent]),
      [['rollout-hold', true]],
    );
    one.sees.oldService = 'answers';
    await world.pass(1_000, one);
    assert.equal(stateOf(one), 'aborted');
    assert.equal(world.dial.state().forced, true);
  });

  it('that waits is dropped by an operator who resumes, and the guard begins anew', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.sees.oldService = 'silent';
    one.feed(30, 'fault');
    await one.order('resume');
    assert.equal(brief(one), 'progressing at 1 %');
    await world.live(3_000, one);
    assert.equal(brief(one), 'progressing at 1 %');
    one.feed(9, 'fault');
    assert.equal(brief(one), 'progressing at 1 %');
    one.feed(1, 'fault');
    assert.equal(brief(one), 'holding (old-service) at 1 %');
  });

  it('wins against a step that this replica is just taking', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    const promoted = one.order('promote');
    one.feed(10, 'fault');
    await promoted;
    await world.live(3_000, one);
    assert.equal(stateOf(one), 'aborted');
    assert.deepEqual(world.dial.state(), { version: 3, gatewayPercent: 0, forced: true });
  });

  it('wins against a step that is being kept, on a dial that would take any order', async () => {
    const store = createMemoryStore({ now: Date.now });
    const said = { filePercent: 0, filePercentIsSet: false, now: Date.now, log: () => undefined };
    const dial = await openDial(store, said);
    const gate: { held?: Promise<void> } = {};
    let isWriting = false;
    const writeDocument: RolloutStore['writeDocument'] = async (...write) => {
      isWriting = gate.held !== undefined;
      await gate.held;
      return store.writeDocument(...write);
    };
    const rollout = await openRollout(plan, { ...surroundings(), store: { ...store, writeDocument }, dial });
    await rollout.order({ order: 'start', by: 'alice', force: false });
    let release = (): void => undefined;
    gate.held = new Promise((resolve) => (release = resolve));
    const promoted = rollout.order({ order: 'promote', by: 'alice', force: false });
    await eventually(() => isWriting);
    for (let call = 0; call < 10; call += 1) rollout.outcome('gateway', 'fault');
    assert.equal(dial.state().forced, true);
    release();
    await promoted;
    await rollout.tick();
    assert.deepEqual([dial.state().gatewayPercent, dial.state().forced], [0, true]);
    assert.equal(rollout.view().state, 'aborted');
    assert.deepEqual(
      (await dial.history(10)).map(({ kind }) => kind),
      ['all-back', 'weight'],
    );
    await rollout.close();
    await dial.close();
  });

  it('is followed by a cool-down, and by a new start that counts anew', async () => {
    const world = fleet();
    const one = await world.replica();
    await one.order('start');
    one.feed(10, 'fault');
    const refused = await one.order('start');
    assert.ok(refused.kind === 'refused' && /cooling down for another 10 min/.test(refused.why));
    assert.equal(one.rollout.view().coolsUntilMs, startMs + 10 * minute);
    const answer = await one.order('start', { force: true });
    assert.ok(answer.kind === 'done');
    assert.equal(answer.view.evidence.gateway.calls, 0);
    assert.deepEqual(world.dial.state(), { version: 4, gatewayPercent: 1, forced: false });
  });
});

describe('a store that fails for a while', () => {
  it('stops the steps and not the guard, and the rollout goes on where it was', async () => {
    for (const mood of ['full', 'gone'] as const) {
      const world = fleet();
      const one = await world.replica();
      await one.order('start');
      one.feed(60, 'ok');
      await world.pass(1_000, one);
      one.be(mood);
      await world.live(20 * minute, one);
      assert.equal(brief(one), 'progressing at 1 %');
      assert.notEqual(one.rollout.view().problem, undefined);
      assert.ok(one.lines.length < 5, one.lines.join('\n'));
      one.be('well');
      await world.pass(1_000, one);
      assert.equal(brief(one), 'progressing at 5 %');
      assert.equal(one.rollout.view().problem, undefined);
    }
  });

  it('is no reason not to begin', async () => {
    const world = fleet();
    const before = await world.replica();
    await before.order('start');
    let isBroken = true;
    const readDocument = (name: string) =>
      isBroken ? Promise.reject(new Error('gone')) : world.memory.readDocument(name);
    const rollout = await openRollout(plan, { ...surroundings(), store: { ...world.memory, readDocument } });
    assert.equal(rollout.view().state, 'idle');
    assert.match(rollout.view().problem ?? '', /gone/);
    isBroken = false;
    await rollout.tick();
    assert.equal(rollout.view().state, 'progressing');
  });

  it('that has lost the rollout is given it again with the next transition', async () => {
    let behind = createMemoryStore({ now: Date.now });
    const rollout = await openRollout(plan, {
      ...surroundings(),
      store: {
        readDocument: (name) => behind.readDocument(name),
        writeDocument: (...write) => behind.writeDocument(...write),
        onDocument: () => () => undefined,
      },
    });
    await rollout.order({ order: 'start', by: 'alice', force: false });
    behind = createMemoryStore({ now: Date.now });
    await rollout.tick();
    assert.equal(rollout.view().state, 'progressing');
    await rollout.order({ order: 'pause', by: 'alice', force: false });
    const again = await openRollout(plan, { ...surroundings(), store: behind });
    assert.equal(again.view().state, 'paused');
  });
});

describe('a restart', () => {
  it('goes on at the same step, with what is left of its hold and the evidence that was shared', async () => {
    const world = fleet();
    const killed = await world.replica();
    await killed.order('start');
    killed.feed(60, 'ok');
    await world.pass(10 * minute, killed);
    killed.feed(40, 'ok');
    await world.pass(4 * minute, killed);
    killed.be('gone');
    const one = await world.replica();
    assert.equal(brief(one), 'progressing at 5 %');
    assert.equal(one.rollout.view().heldUntilMs, startMs + 20 * minute);
    await world.live(minute, one);
    const { gateway, stepCalls } = one.rollout.view().evidence;
    assert.deepEqual([gateway.calls, stepCalls], [100, 40]);
    one.feed(10, 'ok');
    await world.live(5 * minute - 2_000, one);
    assert.equal(brief(one), 'progressing at 5 %');
    await world.live(2_000, one);
    assert.equal(brief(one), 'progressing at 25 %');
  });

  it('between the status and the dial leaves an order that is given again', async () => {
    const world = fleet();
    const killed = await world.replica();
    world.dial.stall();
    void killed.order('start');
    await eventually(() => killed.changes.length === 1);
    killed.be('gone');
    const one = await world.replica();
    assert.equal(brief(one), 'progressing at 1 %');
    assert.equal(world.dial.state().gatewayPercent, 0);
    const released = world.dial.stall();
    const living = world.live(3_000, one);
    released();
    await living;
    assert.equal(world.dial.state().gatewayPercent, 1);
    assert.equal(stateOf(one), 'progressing');
  });

  it('remembers a pause, a manual hold, an abort', async () => {
    const world = fleet({ dial: fakeDial({ gatewayPercent: 40 }) });
    const one = await world.replica();
    await one.order('start');
    assert.equal(brief(await world.replica()), 'holding (manual) at 50 %');
    await one.order('pause', { reason: 'night' });
    const paused = await world.replica();
    assert.deepEqual([brief(paused), paused.rollout.view().reason], ['paused at 50 %', 'night']);
    await one.order('abort');
    assert.equal(stateOf(await world.replica()), 'aborted');
  });

  it('finds what it cannot understand, says so, starts idle, and leaves the weight alone', async () => {
    for (const text of ['no JSON', '{"format":2,"state":"progressing"}']) {
      const world = fleet({ dial: fakeDial({ gatewayPercent: 5 }) });
      await world.memory.writeDocument('rollout', text, 0);
      const one = await world.replica();
      assert.equal(stateOf(one), 'idle');
      assert.match(one.rollout.view().reason, /cannot be understood: the weight stays/);
      await world.live(5_000, one);
      assert.equal(one.lines.filter((line) => line.startsWith('error: the rollout as kept')).length, 1);
      assert.equal(world.dial.state().gatewayPercent, 5);
      await one.order('start');
      assert.equal(brief(await world.replica()), 'progressing at 5 %');
    }
  });
});

describe('the store and the dial of this house', () => {
  it('are what a rollout asks for', async () => {
    const store = createMemoryStore({ now: Date.now });
    const log = () => undefined;
    const dial = await openDial(store, { filePercent: 0, filePercentIsSet: false, now: Date.now, log });
    const rollout = await openRollout(plan, { ...surroundings(), store, dial });
    const stop = keepTicking(rollout, 5);
    await rollout.order({ order: 'start', by: 'alice', reason: 'go', force: false });
    assert.equal(dial.state().gatewayPercent, 1);
    assert.deepEqual(
      (await dial.history(1)).map(({ by, reason }) => [by, reason]),
      [['rollout', 'go (alice)']],
    );
    await eventually(() => rollout.view().drives);
    for (let call = 0; call < 10; call += 1) rollout.outcome('gateway', 'fault');
    assert.deepEqual([dial.state().gatewayPercent, dial.state().forced], [0, true]);
    stop();
    await rollout.close();
    await dial.close();
    assert.equal((await store.readHistory(10)).length, 4);
  });
});
