import assert from 'node:assert/strict';
import { describeRedis, startRedisCluster, type RedisCluster } from '../kit/redis.ts';
import { eventually, keyOf } from './kit.ts';
import { openShared } from './redis-kit.ts';

const one = Uint8Array.of(1);
const soon = () => Date.now() + 3_600_000;

describeRedis('the store on a Redis Cluster that changes', function () {
  this.timeout(60_000);
  let cluster: RedisCluster;
  afterEach(() => cluster.stop());

  async function holdsMany(store: Awaited<ReturnType<typeof openShared>>['store'], name: string) {
    const keys = Array.from({ length: 50 }, (_, index) => keyOf(`${name} ${index}`));
    await Promise.all(keys.map((key) => store.putRecord(key, one, soon())));
    for (const key of keys) assert.deepEqual([...((await store.getRecord(key)) ?? [])], [1]);
  }

  it('spreads records over all servers, and keeps the rest together', async () => {
    cluster = await startRedisCluster();
    const { store } = await openShared(cluster.nodes[0]?.url ?? '', { prefix: 'fleet' });
    await holdsMany(store, 'record');
    await store.writeDocument('dial', 'one', 0, ['entry']);
    const keys = cluster.nodes.map((node) => cluster.cli(node, 'KEYS', '*').trim().split('\n'));
    for (const ofNode of keys) assert.ok(ofNode.filter((key) => key.startsWith('fleet:r:')).length > 3);
    const together = keys.map((ofNode) => ofNode.filter((key) => key.startsWith('{fleet}')).length);
    assert.equal(together.filter((count) => count > 0).length, 1);
    await store.close();
  });

  it('follows keys that move to another server', async () => {
    cluster = await startRedisCluster();
    const [from, to] = cluster.nodes;
    const { store } = await openShared(from?.url ?? '', { prefix: 'fleet' });
    const idOf = (node: typeof from) => cluster.cli(node, 'CLUSTER', 'MYID').trim();
    const slots = Array.from({ length: 50 }, (_, index) => {
      const digest = Buffer.from(keyOf(`moved ${index}`), 'base64url').toString('hex');
      return cluster.cli(from, 'CLUSTER', 'KEYSLOT', `fleet:r:${digest.slice(0, 5)}`).trim();
    });
    const moved = slots.filter((slot) => Number(slot) <= 5461);
    assert.ok(moved.length > 5);
    for (const slot of moved) {
      for (const node of [to, from]) cluster.cli(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to));
    }
    await holdsMany(store, 'moved');
    assert.equal(store.health().up, true);
    assert.equal(store.health().errors, 0);
    await store.close();
  });

  it('is sheltered while one of its servers is gone, and takes what waited when it returns', async () => {
    cluster = await startRedisCluster({ password: 'pw', idle: 1 });
    const [entrance, second] = cluster.nodes;
    const { store } = await openShared(`redis://:pw@127.0.0.1:${entrance?.port}`);
    await holdsMany(store, 'before');
    // The server that the URL names is of no importance any more once the others are known.
    await entrance?.kill();
    await second?.kill();
    await eventually(() => !store.health().up);
    await holdsMany(store, 'meanwhile');
    assert.ok(store.health().waiting > 0);
    await second?.start();
    await eventually(() => store.health().up);
    assert.equal(store.health().waiting, 0);
    await holdsMany(store, 'after');
    await store.close();
  });

  it('is used by the right password only, and by no number of a database', async () => {
    cluster = await startRedisCluster({ password: 'pw' });
    const port = cluster.nodes[0]?.port;
    const { store } = await openShared(`redis://:pw@127.0.0.1:${port}`);
    await holdsMany(store, 'record');
    await store.close();
    await assert.rejects(
      openShared(`redis://:wrong@127.0.0.1:${port}`),
      /refuses the user name or the password/,
    );
    await assert.rejects(
      openShared(`redis://:pw@127.0.0.1:${port}/1`),
      /is a Redis Cluster, which has no numbered/,
    );
  });
});
