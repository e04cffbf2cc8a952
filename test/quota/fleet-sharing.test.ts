// Several replicas, the script in a real Redis, virtual time: what leaves the fleet, whatever befalls it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Ask } from '../../src/quota/budgets.ts';
import { startRedis, type RedisServer } from '../kit/redis.ts';
import { Fleet, type Member, type MemberOptions } from './fleet-kit.ts';
import { randomNumbers, Simulation } from './simulation.ts';
import { goodWire, VirtualRedis, type Wire } from './virtual-redis.ts';

type JoinOptions = Omit<MemberOptions, 'books'>;

const shop: Ask = { account: 'shop', action: 'apply', accountLimit: 90, addressLimit: 135 };
const other: Ask = { ...shop, account: 'other' };
const storm = [shop, shop, other];

describe('a fleet that shares its budgets', function () {
  this.timeout(60_000);
  let server: RedisServer;
  const opened: VirtualRedis[] = [];
  before(async () => void (server = await startRedis()));
  after(async () => {
    for (const redis of opened) redis.close();
    await server.stop();
  });

  async function openFleet(seed = 1) {
    const simulation = new Simulation();
    const random = randomNumbers(seed);
    const redis = new VirtualRedis(server.url, simulation);
    opened.push(redis);
    await redis.open();
    const { now, schedule } = simulation;
    const fleet = new Fleet({ now, schedule, random });
    const wires = new Map<Member, Wire>();
    return {
      fleet,
      redis,
      now,
      random,
      wireOf: (member: Member): Wire => wires.get(member) ?? goodWire(),
      join(asks: readonly Ask[] = storm, wire = goodWire(), options: JoinOptions = {}): Member {
        const member = fleet.join({ books: redis.books(wire), ...options });
        wires.set(member, wire);
        member.storm(asks);
        return member;
      },
      /** Time passes until the work is done. */
      async passUntil(work: Promise<unknown>): Promise<void> {
        let isDone = false;
        void work.finally(() => void (isDone = true));
        while (!isDone) await redis.pass(1);
      },
      async close(): Promise<void> {
        await this.passUntil(fleet.close());
        redis.close();
      },
    };
  }

  it('uses nine tenths of a limit and more, divided evenly, however far its members are from Redis', async () => {
    const world = await openFleet();
    const { fleet, redis, now } = world;
    const members = [0.2, 2, 8].map((ms) => {
      const way = () => ms * (0.5 + world.random());
      return world.join([shop, shop], { call: way, answer: way });
    });
    await redis.pass(3_000);
    const sinceMs = now();
    await redis.pass(4_000);
    const total = fleet.count(sinceMs, now());
    assert.ok(total >= 0.9 * 90 * 4, `${total} of 360`);
    assert.ok(fleet.peaks(shop).account <= 90);
    for (const member of members) {
      const own = fleet.count(sinceMs, now(), member);
      assert.ok(own >= 0.9 * 0.9 * 30 * 4, `${own} of 120`);
    }
    await world.close();
  });

  it('leaves to one what the others do not want, and gives a newcomer its part within two seconds', async () => {
    const world = await openFleet();
    const { fleet, redis, now } = world;
    const first = world.join([shop]);
    await redis.pass(1_000);
    const sinceMs = now();
    await redis.pass(3_000);
    assert.ok(fleet.count(sinceMs, now(), first) >= 0.9 * 90 * 3);
    const second = world.join([shop]);
    await redis.pass(2_000);
    const joinedMs = now();
    await redis.pass(2_000);
    for (const member of [first, second]) {
      const own = fleet.count(joinedMs, now(), member);
      assert.ok(own >= 0.8 * 45 * 2, `${own} of 90`);
    }
    await world.close();
  });

  it('has its whole limit again when one of them said goodbye, and all but its part when it did not', async () => {
    const world = await openFleet();
    const { fleet, redis, now } = world;
    const [first, second] = [world.join(storm), world.join(storm), world.join(storm)];
    await redis.pass(2_500);
    second.calm();
    await world.passUntil(second.fleet.close());
    await redis.pass(1_500);
    const sinceMs = now();
    await redis.pass(2_000);
    assert.ok(fleet.count(sinceMs, now()) >= 0.9 * 135 * 2);
    first.die();
    world.wireOf(first).call = () => undefined;
    await redis.pass(3_000);
    const deadMs = now();
    await redis.pass(2_000);
    const rate = fleet.count(deadMs, now()) / 2;
    assert.ok(rate <= 135 / 2 && rate >= (0.85 * 135) / 2, String(rate));
    await world.close();
  });

  type StoryOf<Stories> = Stories extends fc.Arbitrary<infer Story> ? Story : never;

  interface Scene {
    readonly redis: VirtualRedis;
    readonly random: () => number;
    readonly member: Member;
    readonly wire: Wire;
    readonly replace: () => Promise<void>;
  }

  /** What may happen to Redis, or between it and one member, and lasts so many ms. */
  const mishaps = {
    'is frozen': async ({ redis }, ms) => {
      redis.freeze();
      await redis.pass(ms);
      redis.thaw();
    },
    'ends and forgets': async ({ redis }, ms) => {
      await redis.kill();
      await redis.pass(ms);
      redis.restart();
    },
    'is out of reach of one': async ({ redis, wire }, ms) => {
      wire.call = () => undefined;
      await redis.pass(ms);
    },
    'is not heard by one': async ({ redis, wire }, ms) => {
      wire.answer = () => undefined;
      await redis.pass(ms);
    },
    'hears one late': async ({ redis, wire, random }, ms) => {
      wire.call = () => random() * 300;
      await redis.pass(ms);
    },
    'is heard now and then': async ({ redis, wire, random }, ms) => {
      wire.call = () => (random() < 0.3 ? undefined : random() * 30);
      wire.answer = () => (random() < 0.3 ? undefined : random() * 30);
      await redis.pass(ms);
    },
    'loses one that dies, and another comes': async ({ redis, wire, member, replace }, ms) => {
      member.die();
      wire.call = () => undefined;
      await redis.pass(ms);
      await replace();
    },
  } as const satisfies Record<string, (scene: Scene, ms: number) => Promise<void>>;

  it('never has more leave in any second than the limits allow, whatever happens to Redis', async () => {
    const names = Object.keys(mishaps) as (keyof typeof mishaps)[];
    const mishap = fc.record({
      what: fc.constantFrom(...names),
      who: fc.nat(2),
      ms: fc.integer({ min: 0, max: 3_500 }),
      thenMs: fc.integer({ min: 0, max: 2_500 }),
    });
    // Fewer calls, so that more may happen.
    const light = storm.map((ask) => ({ ...ask, accountLimit: 30, addressLimit: 45 }));
    const stories = fc.record({
      seed: fc.nat(),
      transitMs: fc.constantFrom(5, 50, 300),
      replicas: fc.constantFrom(1, 3),
      course: fc.array(mishap, { minLength: 3, maxLength: 3 }),
    });
    // Found by chance: the one cut off had called since the freeze, but heard nothing yet, and was taken for nobody.
    const freshlyThawed: StoryOf<typeof stories> = {
      seed: 2,
      transitMs: 5,
      replicas: 1,
      course: [
        { what: 'is frozen', who: 2, ms: 2_453, thenMs: 159 },
        { what: 'is out of reach of one', who: 0, ms: 3_495, thenMs: 126 },
      ],
    };
    // The newcomer had not heard of the fleet before Redis froze: only its configuration can tell it of the others.
    const neverHeard: StoryOf<typeof stories> = {
      seed: 590_065_293,
      transitMs: 5,
      replicas: 3,
      course: [
        { what: 'loses one that dies, and another comes', who: 2, ms: 2_177, thenMs: 0 },
        { what: 'is frozen', who: 1, ms: 3_495, thenMs: 306 },
      ],
    };
    await fc.assert(
      fc.asyncProperty(stories, async ({ seed, transitMs, replicas, course }) => {
        const world = await openFleet(seed);
        const join = () => world.join(light, goodWire(), { transitMs, replicas });
        const members = [join(), join(), join()];
        await world.redis.pass(2_000);
        for (const { what, who, ms, thenMs } of course) {
          const member = members[who];
          assert.ok(member);
          const wire = world.wireOf(member);
          const { redis, random } = world;
          const replace = async (): Promise<void> => {
            const newcomer = (members[who] = join());
            // One that never hears of the others knows only what the configuration says.
            while (replicas === 1 && newcomer.fleet.fleet() === undefined) await redis.pass(1);
          };
          await mishaps[what]({ redis, random, member, wire, replace }, ms);
          if (members[who] === member) Object.assign(wire, goodWire());
          await world.redis.pass(thenMs);
        }
        const { account, address } = world.fleet.peaks(shop);
        assert.ok(account <= 30 && address <= 45, `${account} for the account, ${address} in all`);
        assert.ok(world.fleet.departures.length > 30);
        await world.close();
      }),
      { numRuns: 6, endOnFailure: true, examples: [[freshlyThawed], [neverHeard]] },
    );
  });
});
