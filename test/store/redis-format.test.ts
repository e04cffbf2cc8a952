// What is kept in Redis, byte for byte: a change here breaks replicas of another version beside this one.
import assert from 'node:assert/strict';
import { hashToken } from '../../src/ledger/ledger.ts';
import { createLedger } from '../../src/ledger/stored.ts';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';
import { startRelay } from '../kit/relay.ts';
import { eventually, keyOf } from './kit.ts';
import { lookInto, openShared } from './redis-kit.ts';

/** SHA-256 of `token`: 3c469e9d 6c5875d3 7a43f353 d4f88e61 fcf812c6 6eee3457 465a40b0 da4153e0 */
const token = hashToken('token');
const hash = 'fleet:r:3c469';
const field = Buffer.from('9e9d6c5875d37a43f353d4f88e', 'hex');
/** 2100-01-01; the token's own expiry is an hour before that of its record. */
const leavesMs = 4_102_444_800_000;
const expiresAtMs = leavesMs - 3_600_000;
/** Format 1 of the ledger: 1, flags, expiry, [revoked at,] account, instance id. */
const issued = '0101' + '03bb2c8ce980' + '0473686f70' + '09706f73742d636e2d31';
const revoked = '0103' + '03bb2c8ce980' + '0000000003e8' + '0473686f70' + '09706f73742d636e2d31';
const head = '03bb2cc3d800';
const finalHead = '83bb2cc3d800';

describeRedis('the format of what is kept in Redis', () => {
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
  const open = () => openShared(server.url, { prefix: 'fleet' });
  const hexOf = async () => {
    // As numbers, since an answer in bytes would be taken for UTF-8.
    const script = `local v = redis.call('HGET', KEYS[1], ARGV[1]); local hex = ''
      for i = 1, #v do hex = hex .. string.format('%02x', string.byte(v, i)) end return hex`;
    return behind.ask('EVAL', script, '1', hash, field);
  };
  /** As of a time at which the record of the fixtures has 30 days to live. */
  const now = () => leavesMs - 30 * 24 * 3_600_000;
  const record = { account: 'shop', instanceId: 'post-cn-1', backend: 'gateway', expiresAtMs } as const;

  it('reads what format 1.0 has written: records, documents, history', async () => {
    await behind.ask('SET', '{fleet}:format', '1.0');
    await behind.ask('HSET', hash, field, Buffer.from(head + issued, 'hex'));
    await behind.ask('SET', '{fleet}:document:dial', '7 {"format":1}');
    await behind.ask('RPUSH', '{fleet}:history', 'newest', 'before');
    const { store } = await open();
    const ledger = createLedger(store, { now });
    assert.deepEqual(await ledger.find(token), record);
    await behind.ask('HSET', hash, field, Buffer.from(finalHead + revoked, 'hex'));
    assert.deepEqual(await ledger.find(token), { ...record, revokedAtMs: 1000 });
    assert.deepEqual(await store.readDocument('dial'), { version: 7, text: '{"format":1}' });
    assert.deepEqual(await store.readHistory(5), ['newest', 'before']);
    assert.equal(await store.writeDocument('dial', '{}', 7, ['after']), true);
    await store.close();
  });

  it('writes what format 1.0 can read, and nothing else', async () => {
    const { store } = await openShared(server.url, { prefix: 'fleet', now });
    const ledger = createLedger(store, { now });
    await ledger.remember(token, record);
    assert.equal(await hexOf(), head + issued);
    await ledger.remember(token, { ...record, revokedAtMs: 1000 });
    assert.equal(await hexOf(), finalHead + revoked);
    await store.writeDocument('dial', 'text', 0, ['first', 'second']);
    assert.equal(await behind.ask('GET', '{fleet}:document:dial'), '1 text');
    assert.deepEqual(await behind.ask('LRANGE', '{fleet}:history', '0', '-1'), ['second', 'first']);
    assert.equal(await behind.ask('GET', '{fleet}:format'), '1.0');
    const names = [...((await behind.ask('KEYS', '*')) as string[])].sort();
    const others = names.filter((name) => name !== '{fleet}:leaving');
    assert.deepEqual(others, [hash, '{fleet}:document:dial', '{fleet}:format', '{fleet}:history'].sort());
    await store.close();
  });

  it('lets Redis forget a hash of records when the last of them leaves, and not before', async () => {
    const { store } = await openShared(server.url, { prefix: 'fleet', now });
    const ttl = async () => Number(await behind.ask('PTTL', hash));
    await store.putRecord(token, Uint8Array.of(1), now() + 60_000);
    assert.ok((await ttl()) > 50_000 && (await ttl()) <= 60_000);
    await store.putRecord(token, Uint8Array.of(1), now() + 1_000_000);
    assert.ok((await ttl()) > 900_000);
    await store.putRecord(token, Uint8Array.of(1), now() + 60_000);
    assert.ok((await ttl()) > 900_000);
    await store.close();
  });

  it('is read from a later minor version, whose mark stays', async () => {
    await behind.ask('SET', '{fleet}:format', '1.7');
    const { store } = await open();
    await store.putRecord(keyOf('a'), Uint8Array.of(1), Date.now() + 1e6);
    assert.notEqual(await store.getRecord(keyOf('a')), undefined);
    assert.equal(await behind.ask('GET', '{fleet}:format'), '1.7');
    await store.close();
  });

  const foreign: [string, RegExp][] = [
    ['0.9', /^store\.prefix: the format "0\.9" of what Redis holds under \{fleet\}:format is unknown/],
    [
      '2.0',
      /^store\.prefix: .*\{fleet\}:format was written in format 2\.0 by a later version of token-proxy/,
    ],
    ['nonsense', /^store\.prefix: the format "nonsense"/],
  ];
  for (const [written, says] of foreign) {
    it(`is refused by name when it is ${written}, whatever the configuration says of Redis being down`, async () => {
      await behind.ask('SET', '{fleet}:format', written);
      for (const whenDown of ['refuse', 'degrade'] as const) {
        const opening = openShared(server.url, { prefix: 'fleet', whenDown });
        await assert.rejects(opening, (error: Error) => says.test(error.message));
      }
      assert.equal(await behind.ask('DBSIZE'), 1);
    });
  }

  it('is looked at when a Redis comes that was not there at the start; one of another format is left alone', async () => {
    const relay = await startRelay(server.port);
    relay.cut();
    const url = `redis://127.0.0.1:${relay.port}`;
    const { store, lines } = await openShared(url, { prefix: 'fleet', whenDown: 'degrade' });
    await store.putRecord(keyOf('a'), Uint8Array.of(1), Date.now() + 1e6);
    await behind.ask('SET', '{fleet}:format', '2.0');
    relay.mend();
    await eventually(() => lines.some((line) => /format 2\.0 by a later version/.test(line)));
    assert.match(store.health().problem ?? '', /format 2\.0/);
    assert.equal(store.health().waiting, 1);
    assert.equal(await behind.ask('DBSIZE'), 1);
    await behind.ask('DEL', '{fleet}:format');
    await eventually(() => store.health().up);
    assert.equal(store.health().waiting, 0);
    await store.close();
    await relay.close();
  });
});
