// What the quota makes of storms, in figures, on virtual time.
import assert from 'node:assert/strict';
import { mostWithin, quantile, randomNumbers } from './simulation.ts';
import { openWorld, refusalOf, sends, waitedMs } from './world.ts';
import type { Call, World, WorldOptions } from './world.ts';

const seconds = 25;
/** Long enough for queues to fill. */
const settlingMs = 8_000;

/** For the calls that came at the very end and do not wait long. */
const lastCallsMs = 500;

interface Storm {
  readonly world: World;
  readonly beginMs: number;
  readonly of: (account: string) => Call[];
  /** Calls per second that left once the queues were full. */
  readonly rate: (account?: string) => number;
}

/** Calls that come at random moments, at so many a second for each account. */
async function storm(
  perSecond: Readonly<Record<string, number>>,
  options: WorldOptions = {},
  toWireMs: (random: () => number) => number = () => 0,
): Promise<Storm> {
  const world = openWorld(options);
  const random = randomNumbers(20_260_105);
  const beginMs = world.simulation.now();
  for (const [account, rate] of Object.entries(perSecond)) {
    const gapMs = (): number => (-Math.log(1 - random()) * 1_000) / rate;
    world.stream(account, gapMs, seconds * 1_000, () => ({ sendsInMs: toWireMs(random) }));
  }
  await world.simulation.pass(seconds * 1_000 + lastCallsMs);
  const of = (account: string) => world.calls.filter((call) => call.account === account);
  const rate = (account?: string): number => {
    const counted = sends(world.calls, (call) => account === undefined || call.account === account);
    const steady = counted.filter((moment) => moment - beginMs > settlingMs);
    return steady.length / (seconds + (lastCallsMs - settlingMs) / 1_000);
  };
  return { world, beginMs, of, rate };
}

function assertWithin(actual: number, expected: number, percent: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= (expected * percent) / 100, `${what}: ${actual} of ${expected}`);
}

/** What a fleet's books cost: a round trip, with or without word of which limit was in the way. */
const books: readonly (readonly [name: string, options: WorldOptions])[] = [
  ['books of its own', {}],
  ['distant books', { roundTripMs: () => 2 }],
  ['distant books that say little', { roundTripMs: () => 2, tellsAccount: false }],
];

for (const [name, options] of books) {
  describe(`a storm on one account beside four that stay within their limits, with ${name}`, () => {
    let figures: Storm;
    before(async function () {
      this.timeout(60_000);
      figures = await storm({ storm: 600, a: 25, b: 25, c: 25, d: 25 }, options);
    });

    it('costs the four nothing, and they do not notice', () => {
      for (const account of ['a', 'b', 'c', 'd']) {
        const calls = figures.of(account);
        assert.ok(calls.length > 500);
        assert.ok(calls.every(({ sentMs }) => sentMs !== undefined));
        assert.ok(quantile(calls.map(waitedMs), 0.99) < 50);
      }
    });

    it('turns into as many calls as the account may make', () => {
      assertWithin(figures.rate('storm'), 90, 2, 'calls per second');
    });

    it('never exceeds the limits at the moment of sending', () => {
      const { world } = figures;
      for (const account of ['storm', 'a', 'b', 'c', 'd']) {
        assert.ok(mostWithin(sends(figures.of(account)), 1_000) <= 90);
      }
      assert.ok(mostWithin(sends(world.calls), 1_000) <= 270);
    });

    it('is refused at once where it is too much, all but a few', () => {
      const refused = figures.of('storm').filter((call) => refusalOf(call) === 'too-late');
      const late = refused.filter((call) => waitedMs(call) > 100);
      assert.ok(refused.length > 8_000);
      assert.ok(late.length < refused.length / 100, `${late.length} of ${refused.length} waited in vain`);
      assert.ok(refused.every((call) => waitedMs(call) <= call.forMs + 1));
    });
  });

  describe(`six accounts at 100 calls a second each behind one address, with ${name}`, () => {
    let figures: Storm;
    const accounts = ['a', 'b', 'c', 'd', 'e', 'f'];
    before(async function () {
      this.timeout(60_000);
      figures = await storm(Object.fromEntries(accounts.map((account) => [account, 100])), options);
    });

    it('get the same, and all of the address together', () => {
      for (const account of accounts) assertWithin(figures.rate(account), 45, 5, account);
      assertWithin(figures.rate(), 270, 2, 'the address');
    });

    it('never exceed the limit of the address at the moment of sending', () => {
      assert.ok(mostWithin(sends(figures.world.calls), 1_000) <= 270);
    });
  });
}

describe('an address that cannot carry what is asked', () => {
  it('is shared max-min fairly: small accounts get all they ask for, the others the same', async function () {
    this.timeout(60_000);
    const figures = await storm({ tiny: 5, small: 20, medium: 40, a: 100, b: 300, c: 600, d: 600 });
    for (const account of ['tiny', 'small', 'medium']) {
      const calls = figures.of(account);
      assert.ok(calls.every(({ turn }) => turn?.kind === 'turn'));
      assert.ok(quantile(calls.map(waitedMs), 0.99) < 200);
    }
    const left = 270 - ['tiny', 'small', 'medium'].reduce((sum, account) => sum + figures.rate(account), 0);
    for (const account of ['a', 'b', 'c', 'd']) assertWithin(figures.rate(account), left / 4, 5, account);
    assertWithin(figures.rate(), 270, 2, 'the address');
  });

  it('serves a thousand small accounts beside a storm', async function () {
    this.timeout(60_000);
    const small = Array.from({ length: 1_000 }, (_, index) => [`small-${index}`, 0.15] as const);
    const figures = await storm({ ...Object.fromEntries(small), storm: 600 });
    const calls = figures.world.calls.filter(({ account }) => account !== 'storm');
    assert.ok(calls.length > 3_000);
    assert.ok(calls.every(({ turn }) => turn?.kind === 'turn'));
    assert.ok(quantile(calls.map(waitedMs), 0.99) < 200);
    assertWithin(figures.rate('storm'), 90, 2, 'the storm');
  });
});

describe('a busy process', () => {
  it('uses 95 % of the quota with timers 15 ms late and calls that take up to 40 ms to the wire', async function () {
    this.timeout(60_000);
    const random = randomNumbers(7);
    const lagging = { timerLagMs: () => random() * 15 };
    const figures = await storm({ storm: 600 }, lagging, () => random() * 40);
    assertWithin(figures.rate(), 90, 5, 'calls per second');
    assert.ok(mostWithin(sends(figures.world.calls), 1_000) <= 90);
  });
});

describe('a storm of revocations', () => {
  it('becomes four in a second, which is what 5 less 10 % comes to in whole calls', async function () {
    this.timeout(60_000);
    const world = openWorld();
    const random = randomNumbers(11);
    world.stream(
      'shop',
      () => random() * 40,
      60_000,
      () => ({ action: 'revoke' }),
    );
    await world.simulation.pass(60_000);
    assert.equal(mostWithin(sends(world.calls), 1_000), 4);
    assertWithin(sends(world.calls).length, 240, 2, 'calls in a minute');
  });
});
