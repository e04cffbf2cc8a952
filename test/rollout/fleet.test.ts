// Several replicas on one store: who drives, who aborts, and what happens when they do things at the same moment.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventually } from '../store/kit.ts';
import { fakeDial, fleet, minute, plan, type Replica } from './kit.ts';

const stateOf = ({ rollout }: Replica) => rollout.view().state;
const percentOf = ({ rollout }: Replica) => rollout.view().gatewayPercent;

async function three(world = fleet()) {
  const replicas = [await world.replica(), await world.replica(), await world.replica()] as const;
  return { world, replicas };
}

describe('the rollout of several replicas', () => {
  it('is driven by one of them, and known to all', async () => {
    const { world, replicas } = await three();
    const [one] = replicas;
    await one.order('start');
    for (let step = 0; step < 3; step += 1) {
      for (const replica of replicas) replica.feed(20, 'ok');
      await world.live(31 * minute, ...replicas);
      assert.equal(replicas.filter(({ rollout }) => rollout.view().drives).length, 1);
    }
    assert.deepEqual(replicas.map(percentOf), [50, 50, 50]);
    const steps = replicas.flatMap(({ changes }) => changes.filter(({ kind }) => kind === 'rollout-step'));
    assert.equal(steps.length, 3);
    assert.deepEqual(
      world.dial.orders.map((order) => order.kind === 'weight' && order.gatewayPercent),
      [1, 5, 25, 50],
    );
  });

  it('goes on at the same step when the driver is killed', async () => {
    const { world, replicas } = await three();
    const [one, two, last] = replicas;
    await one.order('start');
    await world.live(5 * minute, ...replicas);
    assert.ok(one.rollout.view().drives);
    one.be('gone');
    two.feed(60, 'ok');
    await world.live(3_000, two, last);
    assert.ok(!two.rollout.view().drives && !last.rollout.view().drives);
    await world.live(2_000, two, last);
    assert.equal([two, last].filter(({ rollout }) => rollout.view().drives).length, 1);
    assert.equal(percentOf(two), 1);
    await world.live(5 * minute, two, last);
    assert.equal(percentOf(two), 5);
  });

  it('is driven by another at once when the driver closes', async () => {
    const { world, replicas } = await three();
    const [one, two] = replicas;
    await one.order('start');
    await world.pass(1_000, one, two);
    await one.rollout.close();
    await world.pass(1_000, two);
    assert.ok(two.rollout.view().drives);
  });

  it('does not depend on clocks that agree', async () => {
    const world = fleet();
    const [early, late] = [await world.replica(-20_000), await world.replica(20_000)];
    await early.order('start');
    early.feed(60, 'ok');
    await world.live(9 * minute, early, late);
    assert.deepEqual(
      [early, late].map(({ rollout }) => rollout.view().drives),
      [true, false],
    );
    assert.equal(percentOf(late), 1);
    await world.live(minute, early, late);
    assert.equal(percentOf(late), 5);
  });

  it('takes orders at each of them', async () => {
    const { world, replicas } = await three();
    const [one, two, last] = replicas;
    await one.order('start');
    await world.live(2_000, ...replicas);
    await two.order('pause');
    await last.order('resume');
    await two.order('promote');
    await world.pass(1_000, ...replicas);
    assert.deepEqual(replicas.map(percentOf), [5, 5, 5]);
    const answer = await last.order('abort');
    assert.equal(answer.kind, 'done');
    assert.equal(world.dial.state().forced, true);
  });

  it('loses no order that is given at the same moment as another', async () => {
    const { world, replicas } = await three();
    const [one, two, last] = replicas;
    const answers = await Promise.all([one, two, last].map((replica) => replica.order('start')));
    assert.equal(answers.filter(({ kind }) => kind === 'done').length, 1);
    const pauses = await Promise.all([one, two, last].map((replica) => replica.order('pause')));
    assert.equal(pauses.filter(({ kind }) => kind === 'done').length, 1);
    await world.pass(1_000, ...replicas);
    assert.deepEqual(replicas.map(stateOf), ['paused', 'paused', 'paused']);
    assert.equal((await world.history()).length, 2);
  });
});

describe('the guards of all replicas', () => {
  it('abort, each by itself: not only the one that drives', async () => {
    const { world, replicas } = await three();
    const [one, , last] = replicas;
    await one.order('start');
    await world.live(3_000, ...replicas);
    assert.ok(one.rollout.view().drives);
    last.feed(10, 'fault');
    assert.equal(world.dial.state().forced, true);
    await eventually(() => replicas.every((replica) => stateOf(replica) === 'aborted'));
    assert.equal(last.changes.at(-1)?.kind, 'rollout-abort');
  });

  it('abort once when all of them see the same', async () => {
    const { world, replicas } = await three();
    await replicas[0].order('start');
    await world.pass(1_000, ...replicas);
    for (const replica of replicas) replica.feed(10, 'fault');
    await world.live(3_000, ...replicas);
    assert.deepEqual(replicas.map(stateOf), ['aborted', 'aborted', 'aborted']);
    assert.equal((await world.history()).length, 2);
    assert.deepEqual(world.dial.state(), { version: 3, gatewayPercent: 0, forced: true });
  });

  it('abort together for what is spread over them', async () => {
    const { world, replicas } = await three();
    await replicas[0].order('start');
    for (const replica of replicas) replica.feed(40, 'ok');
    await world.pass(1_000, ...replicas);
    for (const replica of replicas) replica.feed(4, 'denied');
    assert.equal(world.dial.state().forced, false);
    await world.pass(1_000, ...replicas);
    assert.equal(world.dial.state().forced, true);
    await eventually(() => replicas.every((replica) => stateOf(replica) === 'aborted'));
  });

  it('have enough data together', async () => {
    const { world, replicas } = await three();
    await replicas[0].order('start');
    for (const replica of replicas) replica.feed(17, 'ok');
    await world.live(10 * minute, ...replicas);
    await world.live(2_000, ...replicas);
    assert.deepEqual(replicas.map(percentOf), [5, 5, 5]);
  });

  it('abort at one that cannot reach the store, for itself, and for all when it can again', async () => {
    const { world, replicas } = await three();
    const [one, two, last] = replicas;
    await one.order('start');
    await world.pass(1_000, ...replicas);
    last.be('gone');
    last.feed(10, 'fault');
    assert.equal(world.dial.state().forced, true);
    await world.pass(1_000, ...replicas);
    assert.equal(stateOf(last), 'aborted');
    assert.match(one.rollout.view().reason, /^the weight was set to 0 % meanwhile/);
    last.be('well');
    await world.pass(1_000, ...replicas);
    await eventually(() => stateOf(two) === 'aborted');
  });

  it('do not abort a rollout that was started after the one that they judged', async () => {
    const { world, replicas } = await three();
    const [one, two] = replicas;
    await one.order('start');
    await world.pass(1_000, one, two);
    two.be('gone');
    two.feed(10, 'fault');
    await one.order('abort');
    await world.pass(1_000, one);
    await one.order('start', { force: true });
    two.be('well');
    await world.pass(1_000, two, one);
    assert.equal(stateOf(one), 'progressing');
    assert.equal(stateOf(two), 'progressing');
    assert.equal(world.dial.state().gatewayPercent, 1);
  });
});

describe('a driver that is slow', () => {
  it('raises nothing after another replica has aborted', async () => {
    const { world, replicas } = await three();
    const [one, two] = replicas;
    await one.order('start');
    await world.pass(1_000, one, two);
    const release = world.dial.stall();
    const promoted = one.order('promote');
    await eventually(() => one.changes.length === 2);
    two.feed(10, 'fault');
    release();
    await promoted;
    await world.live(3_000, ...replicas);
    assert.deepEqual(world.dial.state(), { version: 3, gatewayPercent: 0, forced: true });
    await eventually(() => replicas.every((replica) => stateOf(replica) === 'aborted'));
  });

  it('raises nothing after an operator has turned the dial', async () => {
    const { world, replicas } = await three();
    const [one] = replicas;
    await one.order('start');
    const release = world.dial.stall();
    const promoted = one.order('promote');
    await eventually(() => one.changes.length === 2);
    world.dial.set(0.5);
    release();
    await promoted;
    await world.live(3_000, one);
    assert.equal(world.dial.state().gatewayPercent, 0.5);
    assert.equal(stateOf(one), 'paused');
  });
});

describe('whatever replicas do in whatever order', () => {
  const acts = fc.record(
    {
      who: fc.nat(2),
      what: fc.constantFrom(
        'tick',
        'tick',
        'tick',
        'ok',
        'fault',
        'start',
        'promote',
        'pause',
        'resume',
        'abort',
        'gone',
        'well',
        'turn',
        'open',
        'closed',
      ),
      ms: fc.constantFrom(0, 500, 5_000, 11 * minute),
      waits: fc.boolean(),
    },
    { noNullPrototype: true },
  );

  it('the weight is a planned one, 0 or an operator’s, every transition is in the history once, and all agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { maxLength: 40 }), async (life) => {
        const { world, replicas } = await three(fleet({ dial: fakeDial() }));
        const pending: Promise<unknown>[] = [];
        for (const { who, what, ms, waits } of life) {
          const replica = replicas[who] ?? replicas[0];
          const work = act(world, replica, what, ms);
          if (waits) await work;
          else pending.push(work);
          assert.ok(
            [0, 33, ...plan.steps.map(({ gatewayPercent }) => gatewayPercent)].includes(
              world.dial.state().gatewayPercent,
            ),
          );
        }
        await Promise.all(pending);
        for (const replica of replicas) {
          replica.be('well');
          replica.sees.breakerOpen = false;
        }
        await world.live(3_000, ...replicas);
        const [one, ...others] = replicas;
        for (const other of others) assert.equal(other.rollout.view().version, one.rollout.view().version);
        const versions = (await world.history()).map((entry) => (entry as { version: number }).version);
        assert.deepEqual(
          versions,
          versions.map((_, index) => versions.length - index),
        );
        assert.equal(one.rollout.view().version, versions.length);
        if (stateOf(one) === 'progressing') assert.equal(world.dial.state().gatewayPercent, percentOf(one));
      }),
      { numRuns: 300 },
    );
  });

  async function act(
    world: ReturnType<typeof fleet>,
    replica: Replica,
    what: string,
    ms: number,
  ): Promise<void> {
    switch (what) {
      case 'tick':
        return world.pass(ms, replica);
      case 'ok':
        return replica.feed(60, 'ok');
      case 'fault':
        return replica.feed(4, 'fault');
      case 'gone':
      case 'well':
        return replica.be(what);
      case 'turn':
        return world.dial.set(33);
      case 'open':
      case 'closed':
        replica.sees.breakerOpen = what === 'open';
        return;
      case 'start':
      case 'promote':
      case 'pause':
      case 'resume':
      case 'abort':
        await replica.order(what, { force: true }).catch(() => undefined);
    }
  }
});
