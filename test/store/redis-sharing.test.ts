import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hearChanges } from '../../src/store/redis-changes.ts';
import { openRedisConnection } from '../../src/store/redis-connection.ts';
import { describeRedis, startRedis, startRedisCluster, type RedisServer } from '../kit/redis.ts';
import { eventually, keyOf, steppedClock } from './kit.ts';
import { lookInto, newPrefix, openShared, patientMs } from './redis-kit.ts';

const one = Uint8Array.of(1);

describeRedis('replicas that share a Redis', () => {
  let server: RedisServer;
  let behind: Awaited<ReturnType<typeof lookInto>>;
  before(async () => {
    server = await startRedis();
    behind = await lookInto(server.url);
  });
  beforeEach(() => behind.ask('FLUSHALL'));
  after(async () => {
    behind.close();
    await server.stop();
  });

  it("find each other's records, and count those of all", async () => {
    const prefix = newPrefix();
    const { now, advance } = steppedClock(Date.now());
    const options = { prefix, now, count: { slotMs: 1000, refreshMs: 10 } };
    const here = await openShared(server.url, options);
    const there = await openShared(server.url, options);
    for (const name of ['a', 'b', 'c']) await here.store.putRecord(keyOf(name), one, now() + 60_000);
    for (const name of ['c', 'd']) await there.store.putRecord(keyOf(name), one, now() + 120_000);
    assert.deepEqual([...((await there.store.getRecord(keyOf('a'))) ?? [])], [1]);
    for (const { store } of [here, there]) await eventually(() => store.countRecords() === 4);
    advance(61_000);
    for (const { store } of [here, there]) await eventually(() => store.countRecords() === 2);
    await here.store.close();
    const late = await openShared(server.url, options);
    await eventually(() => late.store.countRecords() === 2);
    await late.store.close();
    await there.store.close();
  });

  it('keep apart under different prefixes', async () => {
    const here = await openShared(server.url);
    const there = await openShared(server.url);
    await here.store.putRecord(keyOf('a'), one, Date.now() + 60_000);
    await here.store.writeDocument('dial', 'one', 0, ['entry']);
    assert.equal(await there.store.getRecord(keyOf('a')), undefined);
    assert.equal(await there.store.readDocument('dial'), undefined);
    assert.deepEqual(await there.store.readHistory(5), []);
    await here.store.close();
    await there.store.close();
  });

  it("hear of each other's documents, each change once", async () => {
    const prefix = newPrefix();
    const here = await openShared(server.url, { prefix });
    const there = await openShared(server.url, { prefix });
    const heard: string[] = [];
    for (const name of ['dial', 'rollout']) there.store.onDocument(name, () => heard.push(name));
    await here.store.writeDocument('dial', 'one', 0);
    await eventually(() => heard.length > 0);
    await here.store.writeDocument('rollout', 'one', 0);
    await eventually(() => heard.length > 1);
    // What would be told again has been, once one of them has looked twice more.
    const looks = async () =>
      Number(/cmdstat_mget:calls=(\d+)/.exec(String(await behind.ask('INFO', 'commandstats')))?.[1] ?? 0);
    const before = await looks();
    await eventually(async () => (await looks()) >= before + 2);
    assert.deepEqual(heard, ['dial', 'rollout']);
    await here.store.close();
    await there.store.close();
  });

  it('are told by publishing, not only by looking, also after Redis was gone', async () => {
    let heard = 0;
    const end = hearChanges(
      () => server.url,
      'test:changes',
      () => (heard += 1),
    );
    await eventually(async () => (await behind.ask('PUBLISH', 'test:changes', 'dial')) === 1);
    await eventually(() => heard >= 2);
    await behind.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const before = heard;
    await eventually(async () => (await behind.ask('PUBLISH', 'test:changes', 'dial')) === 1);
    await eventually(() => heard >= before + 2);
    end();
  });

  it('hear of a document in a cluster, whichever server it lies on', async function () {
    this.timeout(30_000);
    const cluster = await startRedisCluster();
    let heard = 0;
    const ends = cluster.nodes.map(({ url }) =>
      hearChanges(
        () => url,
        'test:changes',
        () => (heard += 1),
      ),
    );
    await eventually(() => heard === 3);
    const writer = await openShared(cluster.nodes[1]?.url ?? '', { prefix: 'test' });
    await writer.store.writeDocument('dial', 'one', 0);
    await eventually(() => heard === 6);
    await writer.store.close();
    ends.forEach((end) => end());
    await cluster.stop();
  });

  it('lie packed: a token takes one entry of a list of few bytes', async () => {
    const { store, prefix } = await openShared(server.url);
    // Account and instance of usual lengths.
    await store.putRecord(keyOf('a'), new Uint8Array(45), Date.now() + 60_000, 'final');
    const [key = ''] = (await behind.ask('KEYS', `${prefix}:r:*`)) as string[];
    assert.equal(await behind.ask('OBJECT', 'ENCODING', key), 'listpack');
    await store.close();
  });

  it('let go of records that are past when others come to the same hash, and of no others', async () => {
    const { store, prefix } = await openShared(server.url);
    await store.putRecord(keyOf('a'), one, Date.now() + 600_000);
    const [key = ''] = (await behind.ask('KEYS', `${prefix}:r:*`)) as string[];
    const past = Buffer.from(`0000${'00'.repeat(4)}ff`, 'hex');
    const final = Buffer.from(`8000${'00'.repeat(4)}ff`, 'hex');
    await behind.ask('HSET', key, 'past', past, 'past and final', final);
    await store.putRecord(keyOf('a'), one, Date.now() + 600_000);
    assert.equal(await behind.ask('HLEN', key), 3);
    // Another token whose digest begins alike.
    const alike = Buffer.concat([Buffer.from(keyOf('a'), 'base64url').subarray(0, 3), Buffer.alloc(29)]);
    await store.putRecord(alike.toString('base64url'), one, Date.now() + 600_000);
    assert.equal(await behind.ask('HLEN', key), 2);
    for (const name of [keyOf('a'), alike.toString('base64url')]) {
      assert.notEqual(await store.getRecord(name), undefined);
    }
    await store.close();
  });

  it('leave nothing of records behind once they have expired', async () => {
    const { store, prefix } = await openShared(server.url);
    for (let index = 0; index < 50; index += 1) {
      await store.putRecord(keyOf(String(index)), one, Date.now() + 30 + index);
    }
    await eventually(async () => ((await behind.ask('KEYS', `${prefix}:r:*`)) as string[]).length === 0);
    await store.putRecord(keyOf('past'), one, Date.now() - 1);
    assert.deepEqual(await behind.ask('KEYS', `${prefix}:r:*`), []);
    await store.close();
  });
});

describeRedis('the connection to Redis', () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  const echo = { name: 'echo', text: 'return {KEYS[1], ARGV[1]}' };
  const open = (timeoutMs = patientMs) =>
    openRedisConnection({ url: () => server.url, log: () => undefined, whenDown: 'refuse', timeoutMs });

  it('runs scripts that the server does not know, or has forgotten', async () => {
    const connection = await open();
    const behind = await lookInto(server.url);
    for (const value of ['first', 'second']) {
      assert.deepEqual(await connection.script(echo, ['key'], [value]), ['key', value]);
    }
    await behind.ask('SCRIPT', 'FLUSH');
    assert.deepEqual(await connection.script(echo, ['key'], ['third']), ['key', 'third']);
    behind.close();
    connection.close();
  });

  it('sends what is asked in one turn together, and keeps the order', async () => {
    const connection = await open();
    const values = Array.from({ length: 1000 }, (_, index) => String(index));
    const answers = values.map((value) => connection.command('list', ['RPUSH', 'list', value]));
    assert.deepEqual(
      await Promise.all(answers),
      values.map((_, index) => index + 1),
    );
    assert.deepEqual(await connection.command('list', ['LRANGE', 'list', '0', '-1']), values);
    connection.close();
  });

  it('gives a command back at once when too many wait already', async () => {
    const connection = await open();
    server.freeze();
    const calls = Array.from({ length: 12_000 }, () => connection.command('', ['PING']));
    const settled = Promise.allSettled(calls);
    await assert.rejects(Promise.race([calls.at(-1), sleep(5_000, 'still waiting')]), /queue is full/);
    server.thaw();
    const answered = (await settled).filter(({ status }) => status === 'fulfilled');
    assert.equal(answered.length, 10_000);
    connection.close();
  });

  it('refuses everything once closed', async () => {
    const connection = await open();
    const underWay = connection.command('', ['PING']);
    connection.close();
    await assert.rejects(underWay, { name: 'StoreError' });
    await assert.rejects(connection.command('', ['PING']), {
      name: 'StoreError',
      message: /has been closed/,
    });
  });

  it('says what Redis answers instead of a result', async () => {
    const connection = await open();
    await assert.rejects(connection.command('a', ['NONSENSE', 'a']), {
      name: 'StoreError',
      message: /^Redis at 127\.0\.0\.1:\d+: ERR unknown command/,
    });
    assert.equal(connection.problem(), undefined);
    connection.close();
  });
});
