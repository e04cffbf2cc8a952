// The store that several replicas share: Redis or Valkey, one server or a cluster. How each thing lies there is in the files
// beside this one; what happens while Redis is gone is the shelter's.

/*
 * What it costs, measured with test/bench/store-bytes.ts on Redis 7.0 (jemalloc), account and instance id of 23 bytes
 * together: 75 bytes of Redis's memory a token at 10^7, 97 of the system's; 63 at 6 x 10^7 (2 million devices with a token a
 * day that lives 30 days: 3.8 GB). Where the names are longer than 48 bytes together, Redis no longer packs them: 161.
 * A key for each record would take 193 (16 bytes of digest), 209 (all 32) or 225 (base64) at 10^7. 2^18 hashes instead of
 * 2^20 would take 65, and twice the time of Redis for a write once there are 6 x 10^7.
 * CPU of Redis: some 16 us a write into an empty hash, 30 us into one of 57 (a plain SET: 4 us), 2 to 4 us a read. CPU
 * here: some 20 us for either. One call at a time waits 0.1 to 0.2 ms.
 */
import { hearChanges } from './redis-changes.ts';
import { openRedisConnection } from './redis-connection.ts';
import { countScripts, createRecordCount } from './redis-count.ts';
import { createRedisDocuments, documentScripts } from './redis-documents.ts';
import { greetRedis } from './redis-greeting.ts';
import { redisKeys } from './redis-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { createRedisRecords, recordScripts } from './redis-records.ts';
import type { Backing } from './backing.ts';
import type { StoreEnvironment } from './store.ts';

export interface RedisOptions extends StoreEnvironment {
  /** May hold a password; asked for at each connection. */
  readonly url: () => string;
  readonly prefix: string;
  readonly whenDown: 'degrade' | 'refuse';
  /** How long a command may take, ms. */
  readonly timeoutMs?: number;
  readonly count?: { readonly slotMs: number; readonly refreshMs: number };
}

/** The connection too, for other things that replicas share. */
export interface RedisBacking extends Backing {
  readonly link: RedisLink;
}

/** Rejects with a StoreError that says what to do. */
export async function openRedis(options: RedisOptions): Promise<RedisBacking> {
  const { url, prefix, whenDown, now, log, timeoutMs } = options;
  const keys = redisKeys(prefix);
  const connection = await openRedisConnection({
    url,
    log,
    whenDown,
    greet: (wire) => greetRedis(wire, keys, log),
    scripts: [...recordScripts, ...countScripts, ...documentScripts],
    timeoutMs,
  });
  const count = createRecordCount(connection, keys, { now, ...options.count });
  const records = createRedisRecords(connection, keys, { now, count });
  const documents = createRedisDocuments(connection, keys);
  const stopHearing = hearChanges(url, keys.changes, () => documents.heard());
  return {
    kind: 'redis',
    link: connection,
    ...records,
    ...documents,
    countRecords: () => count.current(),
    probe: async () => {
      await connection.command(keys.probe, ['SET', keys.probe, '', 'PX', '1000']);
    },
    problem: () => connection.problem()?.message,
    async close() {
      stopHearing();
      documents.stop();
      await count.stop();
      connection.close();
    },
  };
}
