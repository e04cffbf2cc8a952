// Several replicas, a real Redis, real connections and real time: what leaves the fleet through an outage of each kind.
// One clock sees every call. Nothing is asserted of how fast anything is; that is in fleet-sharing.test.ts.
import assert from 'node:assert/strict';
import type { Ask } from '../../src/quota/budgets.ts';
import { createRedisBudgets, redisBudgetsScripts } from '../../src/store/redis-budgets.ts';
import { openRedisConnection } from '../../src/store/redis-connection.ts';
import { scheduleTimer } from '../../src/quota/alarm.ts';
import { startRedis, type RedisServer } from '../kit/redis.ts';
import { startRelay, type Relay } from '../kit/relay.ts';
import { eventually } from '../store/kit.ts';
import { Fleet, type Member } from './fleet-kit.ts';

const limit = 60;
const addressLimit = 90;
const ask = (account: string): Ask => ({ account, action: 'apply', accountLimit: limit, addressLimit });
const storm = [ask('shop'), ask('shop'), ask('other')];
const now = () => performance.now();

describe('a fleet and its Redis', function () {
  this.timeout(60_000);
  let server: RedisServer;
  let fleet: Fleet;
  let relays: Relay[];
  let closing: (() => void)[];

  beforeEach(async () => {
    server = await startRedis();
    fleet = new Fleet({ now, schedule: scheduleTimer, random: Math.random });
    relays = [];
    closing = [];
  });
  afterEach(async () => {
    await fleet.close();
    for (const close of closing) close();
    await Promise.all(relays.map((relay) => relay.close()));
    await server.stop();
  });

  async function join(): Promise<Member> {
    const relay = await startRelay(server.port);
    const connection = await openRedisConnection({
      url: () => `redis://127.0.0.1:${relay.port}`,
      log: () => undefined,
      whenDown: 'degrade',
      scripts: redisBudgetsScripts,
    });
    relays.push(relay);
    closing.push(() => connection.close());
    const books = createRedisBudgets(connection, { prefix: 'fleet' });
    const member = fleet.join({ books, transitMs: 40 });
    member.storm(storm);
    return member;
  }

  const lately = (member?: Member): number => fleet.count(now() - 1_000, now(), member);
  /** Whether a good part of the limits is used; how good, a busy machine cannot tell. */
  const flows = (): boolean => lately() >= addressLimit / 3;
  const assertNeverOver = (): void => {
    const { account, address } = fleet.peaks(ask('shop'));
    assert.ok(account <= limit && address <= addressLimit, `${account} for the account, ${address} in all`);
  };

  it('stay within the limits while it is frozen, and when it comes back having forgotten everything', async () => {
    const members = [await join(), await join(), await join()];
    await eventually(flows);
    server.freeze();
    await eventually(() => lately() === 0);
    server.thaw();
    await eventually(flows);
    await server.kill();
    await eventually(() => members.every(({ fleet: { mode } }) => mode() === 'share'));
    await eventually(flows);
    await server.start();
    await eventually(() => members.every(({ fleet: { mode } }) => mode() === 'shared'));
    await eventually(flows);
    assertNeverOver();
  });

  it('stay within the limits while one of them is cut off, and after another died', async () => {
    const [first, second, third] = [await join(), await join(), await join()];
    await eventually(flows);
    relays[2]?.cut();
    await eventually(() => third.fleet.mode() === 'share' && lately(third) > 0 && lately(first) > 0);
    await eventually(flows);
    relays[2]?.mend();
    await eventually(() => third.fleet.mode() === 'shared');
    second.die();
    relays[1]?.cut();
    await join();
    await eventually(flows);
    assertNeverOver();
  });
});
