// The store that several replicas share: Redis or Valkey, one server or a cluster. How each thing lies there is in the files
// beside this one; what happens while Redis is gone is the shelter's.
import { hearChanges } from './redis-changes.ts';
import { openRedisConnection } from './redis-connection.ts';
import { countScripts, createRecordCount } from './redis-count.ts';
import { createRedisDocuments, documentScripts } from './redis-documents.ts';
import { greetRedis } from './redis-greeting.ts';
import { redisKeys } from './redis-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { createRedisRecords, recordScripts } from './redis-records.ts';
import type { Backing } from './shelter.ts';
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
    close() {
      stopHearing();
      documents.stop();
      count.stop();
      connection.close();
      return Promise.resolve();
    },
  };
}
