// From the configuration to a store. Built once by the composition root; a reload does not change it.
import type { StoreConfig } from '../config/config.ts';
import { openLmdb } from './lmdb.ts';
import { createMemoryStore } from './memory.ts';
import { shelter } from './shelter.ts';
import { createRedisBudgets } from './redis-budgets.ts';
import { commandTimeoutMs } from './redis-connection.ts';
import { openRedis } from './redis.ts';
import type { SharedBooks } from './shared-books.ts';
import type { Store, StoreEnvironment } from './store.ts';

export interface OpenStore extends Store {
  /** Of a store that replicas share: permits towards the gateway are counted there for all of them. */
  readonly sharedBooks?: SharedBooks;
}

/** Rejects with a StoreError that says what to do when the store cannot be opened. */
export async function openStore(config: StoreConfig, environment: StoreEnvironment): Promise<OpenStore> {
  switch (config.type) {
    case 'memory':
      return createMemoryStore(environment);
    case 'lmdb':
      return shelter(await openLmdb({ path: config.path, ...environment }), environment);
    case 'redis': {
      const { url, prefix, whenDown } = config;
      const redis = await openRedis({ url: () => url.reveal(), prefix, whenDown, ...environment });
      const sharedBooks = createRedisBudgets(redis.link, { prefix });
      return { ...shelter(redis, { ...environment, ...redisPatience }), sharedBooks };
    }
  }
}

/** The connection has time-outs of its own and refuses at once while it is down: what is asked of it costs nothing then. */
const redisPatience = { patienceMs: 3 * commandTimeoutMs, retryMs: 250 };
