import { createLedger } from '../../src/ledger/stored.ts';
import { openRedis } from '../../src/store/redis.ts';
import { shelter } from '../../src/store/shelter.ts';
import { ledgerContract } from '../contract/ledger-contract.ts';
import { storeContract } from '../contract/store-contract.ts';
import { describeRedis, startRedis, startRedisCluster, type RedisServer } from '../kit/redis.ts';
import { steppedClock } from './kit.ts';

/** Long enough for a busy machine: what happens when it runs out has tests of its own. */
const patient = { timeoutMs: 10_000 };
const quiet = () => undefined;
let stores = 0;

/** An empty store on a Redis that may hold others'. */
async function openEmpty(url: string) {
  const clock = steppedClock(Date.now());
  const options = { ...patient, now: clock.now, log: quiet, whenDown: 'refuse' as const };
  const count = { slotMs: 1000, refreshMs: 20 };
  const redis = await openRedis({ ...options, url: () => url, prefix: `test${(stores += 1)}`, count });
  return { ...clock, store: shelter(redis, { ...options, patienceMs: 10_000 }) };
}

describeRedis('the store on one Redis', () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());

  storeContract('redis', () => openEmpty(server.url));

  ledgerContract('redis', async () => {
    const { store, now, advance } = await openEmpty(server.url);
    return { ledger: createLedger(store, { now }), now, advance, close: () => store.close() };
  });
});

describeRedis('the store on a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  before(async function () {
    this.timeout(30_000);
    cluster = await startRedisCluster();
  });
  after(() => cluster.stop());

  storeContract('redis cluster', () => openEmpty(cluster.nodes[0]?.url ?? ''));
});
