// A store in Redis, and the books of permits that replicas share there. In a file of its own because it is loaded only
// where a configuration asks for it: the client library takes a tenth of the server's start.
import type { StoreConfig } from '../config/config.ts';
import type { OpenStore } from './open.ts';
import { createRedisBudgets } from './redis-budgets.ts';
import { commandTimeoutMs } from './redis-connection.ts';
import { openRedis } from './redis.ts';
import { shelter } from './shelter.ts';
import type { StoreEnvironment } from './store.ts';

/** The connection has time-outs of its own and refuses at once while it is down: what is asked of it costs nothing then. */
const redisPatience = { patienceMs: 3 * commandTimeoutMs, retryMs: 250 };

/** Rejects with a StoreError that says what to do when the store cannot be opened. */
export async function openRedisStore(
  { url, prefix, whenDown }: Extract<StoreConfig, { type: 'redis' }>,
  environment: StoreEnvironment,
): Promise<OpenStore> {
  const redis = await openRedis({ url: () => url.reveal(), prefix, whenDown, ...environment });
  const sharedBooks = createRedisBudgets(redis.link, { prefix });
  return { ...shelter(redis, { ...environment, ...redisPatience }), sharedBooks };
}
