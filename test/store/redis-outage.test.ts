import assert from 'node:assert/strict';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';
import { startRelay } from '../kit/relay.ts';
import { eventually, keyOf } from './kit.ts';
import { lookInto, newPrefix, openShared } from './redis-kit.ts';

const one = Uint8Array.of(1);
const two = Uint8Array.of(2);
const soon = () => Date.now() + 3_600_000;

describeRedis('the store while its Redis is gone', function () {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(() => server.stop());

  it('keeps answering from memory, says so, and writes what it remembered when Redis returns', async () => {
    const { store, redis, lines } = await openShared(server.url);
    await server.kill();
    await store.putRecord(keyOf('a'), one, soon());
    await store.putRecord(keyOf('b'), one, soon(), 'final');
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    assert.equal(await store.getRecord(keyOf('elsewhere')), undefined);
    const { up, problem, waiting, errors } = store.health();
    assert.deepEqual([up, waiting], [false, 2]);
    assert.match(problem ?? '', /Redis at 127\.0\.0\.1:\d+: /);
    assert.ok(errors >= 2);

    await server.start();
    await eventually(() => store.health().up);
    assert.equal(store.health().waiting, 0);
    assert.deepEqual([...((await redis.getRecord(keyOf('a')))?.value ?? [])], [1]);
    assert.equal((await redis.getRecord(keyOf('b')))?.rank, 'final');
    assert.ok(
      lines.some((line) => /^info: the store can be written again; 2 records were waiting/.test(line)),
    );
    assert.ok(lines.includes('info: Redis can be used again'));
    await store.close();
  });

  it('knows that Redis is gone though nobody asks for anything, and that it has returned', async () => {
    const { store } = await openShared(server.url);
    await server.kill();
    await eventually(() => !store.health().up);
    assert.equal(store.health().errors, 0);
    await server.start();
    await eventually(() => store.health().up);
    await store.close();
  });

  it('refuses at once what cannot wait: documents are read and written or not', async () => {
    const { store } = await openShared(server.url);
    await store.writeDocument('dial', 'one', 0);
    await server.kill();
    await assert.rejects(store.readDocument('dial'), { name: 'StoreError' });
    await assert.rejects(store.writeDocument('dial', 'two', 1), { name: 'StoreError' });
    await assert.rejects(store.readHistory(1), { name: 'StoreError' });
    await store.close();
  });

  it('lets callers of a frozen Redis wait for one time-out together, and no others until it answers again', async () => {
    const timeoutMs = 1_000;
    const { store, lines } = await openShared(server.url, { timeoutMs });
    await store.putRecord(keyOf('before'), one, soon());
    server.freeze();
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => store.getRecord(keyOf('before'))));
    for (let index = 0; index < 100; index += 1) {
      assert.equal(await store.getRecord(keyOf('before')), undefined);
      await store.putRecord(keyOf(`a ${index}`), one, soon());
      await assert.rejects(store.readDocument('dial'), { name: 'StoreError' });
    }
    // Each waiting for itself, they would have taken a hundred times as long.
    assert.ok(performance.now() - began < 20 * timeoutMs);
    assert.match(store.health().problem ?? '', /no answer from Redis within 1000 ms/);
    server.thaw();
    await eventually(() => store.health().up);
    assert.deepEqual([...((await store.getRecord(keyOf('before'))) ?? [])], [1]);
    assert.deepEqual([...((await store.getRecord(keyOf('a 99'))) ?? [])], [1]);
    assert.equal(lines.filter((line) => /cannot be written/.test(line)).length, 1);
    await store.close();
  });

  it('gives up a connection that stays silent, and finds Redis again on a new one', async function () {
    this.timeout(20_000);
    const { store, lines } = await openShared(server.url, { timeoutMs: 50 });
    server.freeze();
    await store.getRecord(keyOf('a'));
    await eventually(() =>
      lines.some((line) => /^error: no answer from Redis.*trying again and again/.test(line)),
    );
    server.thaw();
    await eventually(() => store.health().up);
    await store.close();
  });

  it('does not take back a revocation when the record of the same token comes late', async () => {
    const relay = await startRelay(server.port);
    const prefix = newPrefix();
    const cutOff = await openShared(`redis://127.0.0.1:${relay.port}`, { prefix });
    const other = await openShared(server.url, { prefix });
    relay.cut();
    await cutOff.store.putRecord(keyOf('token'), one, soon());
    await other.store.putRecord(keyOf('token'), two, soon(), 'final');
    relay.mend();
    await eventually(() => cutOff.store.health().up);
    for (const { store } of [cutOff, other]) {
      assert.deepEqual([...((await store.getRecord(keyOf('token'))) ?? [])], [2]);
    }
    await cutOff.store.close();
    await other.store.close();
    await relay.close();
  });

  it('does not write to a server that a failover has made a replica, and finds the one in charge again', async () => {
    const { store } = await openShared(server.url);
    const behind = await lookInto(server.url);
    await behind.ask('REPLICAOF', '127.0.0.1', '1');
    await store.putRecord(keyOf('a'), one, soon());
    assert.equal(store.health().waiting, 1);
    await eventually(() => /it is a replica, which cannot be written/.test(store.health().problem ?? ''));
    await behind.ask('REPLICAOF', 'NO', 'ONE');
    await eventually(() => store.health().up);
    assert.equal(store.health().waiting, 0);
    behind.close();
    await store.close();
  });

  it('keeps in memory what a full Redis refuses, and reads what it holds', async () => {
    const { store } = await openShared(server.url);
    const behind = await lookInto(server.url);
    await store.putRecord(keyOf('before'), one, soon());
    await behind.ask('CONFIG', 'SET', 'maxmemory', '1');
    await store.putRecord(keyOf('a'), two, soon());
    assert.match(store.health().problem ?? '', /OOM/);
    assert.deepEqual([...((await store.getRecord(keyOf('before'))) ?? [])], [1]);
    assert.deepEqual(await store.getRecord(keyOf('a')), two);
    await behind.ask('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(() => store.health().up);
    assert.deepEqual([...((await store.getRecord(keyOf('a'))) ?? [])], [2]);
    behind.close();
    await store.close();
  });
});
