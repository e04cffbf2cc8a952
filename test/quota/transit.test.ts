// The gateway judges the moments of arrival, not those of sending: what bunches up on the way must not break a limit there.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createOwnBudgets } from '../../src/quota/own-budgets.ts';
import { jitterMs } from '../../src/quota/pacer.ts';
import { mostWithin, randomNumbers } from './simulation.ts';
import { openWorld, publishedRules, sends } from './world.ts';
import type { World } from './world.ts';

const accounts = ['a', 'b', 'c', 'd', 'e'];

/** Ends included, so this is the longest span that is shorter than the second and the jitter together. */
const secondAndJitterMs = 1_000 + jitterMs - 0.001;

/** Bursts and streams of calls, for some seconds. */
const patterns = fc.array(
  fc.record({
    account: fc.constantFrom(...accounts),
    atMs: fc.nat(3_000),
    calls: fc.integer({ min: 1, max: 150 }),
    gapMs: fc.constantFrom(0, 0, 1, 5, 12),
    toWireMs: fc.constantFrom(0, 0, 3, 80),
  }),
  { minLength: 3, maxLength: 25 },
);
type Pattern = typeof patterns extends fc.Arbitrary<infer Value> ? Value : never;

async function play(bursts: Pattern, seed: number): Promise<World> {
  const world = openWorld();
  const random = randomNumbers(seed);
  for (const { account, atMs, calls, gapMs, toWireMs } of bursts) {
    for (let call = 0; call < calls; call += 1) {
      world.simulation.schedule(atMs + call * gapMs, () =>
        world.call(account, { sendsInMs: random() * toWireMs }),
      );
    }
  }
  await world.simulation.pass(9_000);
  return world;
}

describe('calls on their way to the gateway', function () {
  this.timeout(120_000);

  it('stay within the published limits in any second there, each up to 100 ms longer under way than others', async () => {
    await fc.assert(
      fc.asyncProperty(patterns, fc.nat(), async (bursts, seed) => {
        const { calls } = await play(bursts, seed);
        const random = randomNumbers(seed + 1);
        const arrivals = (account?: string) =>
          sends(calls, (call) => account === undefined || call.account === account).map(
            (sentMs) => sentMs + 40 + random() * jitterMs,
          );
        for (const account of accounts) assert.ok(mostWithin(arrivals(account), 1_000) <= 100);
        assert.ok(mostWithin(arrivals(), 1_000) <= 300);
      }),
      { numRuns: 25 },
    );
  });

  it('would stay within them with the worst of all delays, since no 1,100 ms hold more at the moment of sending', async () => {
    let closest = 0;
    await fc.assert(
      fc.asyncProperty(patterns, fc.nat(), async (bursts, seed) => {
        const { calls } = await play(bursts, seed);
        for (const account of accounts) {
          const most = mostWithin(
            sends(calls, (call) => call.account === account),
            secondAndJitterMs,
          );
          assert.ok(most <= publishedRules.accountLimit(account, 'apply'));
          closest = Math.max(closest, most);
        }
        assert.ok(mostWithin(sends(calls), secondAndJitterMs) <= publishedRules.perAddress.apply);
      }),
      { numRuns: 25 },
    );
    assert.ok(closest >= 99, 'the patterns were hard enough to tell');
  });

  it('keep that with every whole limit and every number of replicas, all of them in a storm', async () => {
    for (const published of [5, 10, 17, 33, 100, 300]) {
      for (const replicas of [1, 2, 3, 7]) {
        const most = await mostInStorm((published * 0.9) / replicas);
        const share = published / replicas;
        // A share in whole calls, and one that may be sent ahead of its time.
        assert.ok(most <= Math.max(2, share + 1), `${most} of ${share} with ${published} among ${replicas}`);
      }
    }
  });
});

/** The most calls in a second and the jitter that books let out to someone who asks all the time. */
async function mostInStorm(limit: number): Promise<number> {
  let nowMs = 5_000;
  const books = createOwnBudgets({ monotonicMs: () => nowMs, replicas: () => 1 });
  const ask = { account: 'a', action: 'apply', accountLimit: limit, addressLimit: 1e6 } as const;
  const sent: number[] = [];
  for (; nowMs < 10_000; nowMs += 1) {
    while ((await books.take([ask])).granted[0] === true) {
      books.sent(ask);
      sent.push(nowMs);
    }
  }
  return mostWithin(sent, secondAndJitterMs);
}
