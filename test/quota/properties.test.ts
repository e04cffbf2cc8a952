// What holds for the quota whatever calls come, hang up, are slow to the wire or give their permits back.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mostWithin } from './simulation.ts';
import { openWorld, sends, waitedMs } from './world.ts';
import type { Call, World } from './world.ts';

const accounts = ['a', 'b', 'c', 'd'];

const arrival = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 1, 4, 17, 60, 300),
  account: fc.constantFrom(...accounts),
  forMs: fc.constantFrom(0, 20, 200, 1_000, 3_000),
  hangsUpInMs: fc.option(fc.integer({ min: 0, max: 1_500 }), { freq: 6 }),
  sendsInMs: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<number>(0, 0, 0, 2, 30, 400) },
    { weight: 1, arbitrary: fc.constant('unused' as const) },
  ),
});

const scenario = fc.record({
  arrivals: fc.array(arrival, { minLength: 10, maxLength: 160 }),
  accountLimit: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0.5, 2.5, 7.9)),
  addressLimit: fc.integer({ min: 1, max: 60 }),
  replicas: fc.constantFrom(1, 1, 1, 2, 3),
  roundTripMs: fc.constantFrom(0, 0, 3, 40),
  tellsAccount: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** Lets all of it happen, and time until nothing can be left of it. */
async function play(given: Scenario, afterEach?: (world: World) => void): Promise<World> {
  const { arrivals, accountLimit, addressLimit, replicas, roundTripMs, tellsAccount } = given;
  const world = openWorld({
    rules: {
      accountLimit: () => accountLimit,
      perAddress: { apply: addressLimit, query: addressLimit, revoke: addressLimit },
      headroomPercent: 0,
      replicas,
    },
    ...(roundTripMs > 0 && { roundTripMs: () => roundTripMs }),
    tellsAccount,
  });
  const { simulation } = world;
  let atMs = 0;
  for (const { afterMs, account, forMs, hangsUpInMs, sendsInMs } of arrivals) {
    atMs += afterMs;
    simulation.schedule(atMs, () => {
      const caller = new AbortController();
      if (hangsUpInMs !== null) simulation.schedule(hangsUpInMs, () => caller.abort());
      world.call(account, { forMs, sendsInMs, signal: caller.signal });
    });
  }
  await simulation.pass(atMs + 20_000, () => afterEach?.(world));
  return world;
}

const ofAccount = (calls: readonly Call[], account: string) =>
  calls.filter((call) => call.account === account);

const check = async (numRuns: number, property: (given: Scenario) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(scenario, property), { numRuns });

describe('the quota, whatever happens,', function () {
  this.timeout(120_000);

  it('never lets more calls out in a second than a limit allows, at the moment of sending', async () => {
    await check(100, async (given) => {
      const { calls } = await play(given);
      const most = (limit: number): number => Math.max(1, Math.floor(limit / given.replicas + 1e-9));
      assert.ok(mostWithin(sends(calls), 1_000) <= most(given.addressLimit));
      for (const account of accounts) {
        const sent = sends(ofAccount(calls, account));
        assert.ok(mostWithin(sent, 1_000) <= most(given.accountLimit));
        const share = given.accountLimit / given.replicas;
        if (share < 1) assert.ok(mostWithin(sent, 1_000 / share) <= 1);
      }
    });
  });

  it('serves the calls of an account in the order in which they came', async () => {
    await check(60, async (given) => {
      const { calls } = await play(given);
      for (const account of accounts) {
        const turns = ofAccount(calls, account).filter(({ turn }) => turn?.kind === 'turn');
        const order = turns.map(({ answerNumber }) => answerNumber);
        assert.deepEqual(
          order,
          order.toSorted((one, other) => one - other),
        );
      }
    });
  });

  it('answers each call once, and loses no permit', async () => {
    await check(60, async (given) => {
      const { calls, quota, budgets, simulation } = await play(given);
      assert.equal(calls.length, given.arrivals.length);
      assert.ok(calls.every(({ answers }) => answers === 1));
      assert.deepEqual(quota.reading().waiting, { apply: 0, query: 0, revoke: 0 });
      assert.deepEqual(budgets.inUse(), []);
      assert.equal(budgets.usedAtAddress('apply'), 0);
      assert.equal(simulation.pending, 0);
    });
  });

  it('lets nobody wait longer than they can', async () => {
    await check(60, async (given) => {
      const { calls } = await play(given);
      for (const call of calls) assert.ok(waitedMs(call) <= call.forMs + 1, `${waitedMs(call)} ms`);
    });
  });

  it('lets nobody wait while there is room for them', async () => {
    await check(100, async (drawn) => {
      const given: Scenario = { ...drawn, roundTripMs: 0, tellsAccount: true };
      let doneMs = 0;
      await play(given, (world) => {
        // Nothing happens between two events: who could have been served in that time was kept waiting.
        const untilMs = world.simulation.now() - timersMs;
        if (untilMs > doneMs) {
          const waiting = waitingAt(world.calls, doneMs);
          const kept = [...waiting].filter((account) =>
            hasRoom(world.calls, account, given, doneMs, untilMs),
          );
          assert.deepEqual(kept, []);
        }
        doneMs = world.simulation.now();
      });
    });
  });
});

/** A rest is a whole millisecond at least, and a timer up to one more. */
const timersMs = 2.1;

/** The accounts with calls that waited after everything of that moment was done. */
function waitingAt(calls: readonly Call[], atMs: number): Set<string> {
  const waiting = calls.filter(({ askedMs, answeredMs = Infinity }) => askedMs <= atMs && answeredMs > atMs);
  return new Set(waiting.map(({ account }) => account));
}

/** The documented rules once more, by counting lists. @param atMs when, after all that had happened until `doneMs` */
function hasRoom(
  calls: readonly Call[],
  account: string,
  { accountLimit, addressLimit, replicas }: Scenario,
  doneMs: number,
  atMs: number,
): boolean {
  const granted = calls.filter(
    ({ turn, answeredMs = Infinity }) => turn?.kind === 'turn' && answeredMs <= doneMs,
  );
  const roomIn = (budget: readonly Call[], limit: number): boolean => {
    const most = Math.max(1, Math.floor(limit + 1e-9));
    const burst = Math.ceil(most / 9);
    const spanMs = (limit < 1 ? 1_000 / limit : 1_000) + 2;
    const counted = budget.filter(
      ({ isUnused, sentMs = Infinity }) => !isUnused && (sentMs > doneMs || atMs - sentMs < spanMs),
    ).length;
    const grants = budget.map(({ answeredMs = 0 }) => answeredMs).toSorted((one, other) => one - other);
    const lately = grants.filter((moment) => atMs - moment < 100).length;
    const dueMs = grants.reduce((due, moment) => Math.max(due, moment - 20) + 100 / burst, -Infinity);
    return counted < most && lately < burst && (counted <= most / 2 || dueMs <= atMs);
  };
  return (
    roomIn(ofAccount(granted, account), accountLimit / replicas) && roomIn(granted, addressLimit / replicas)
  );
}
