// What the tests of the Redis store share: opening one, sheltered as the product does, and a client that looks behind it.
import { createClient } from '@redis/client';
import { openRedis, type RedisOptions } from '../../src/store/redis.ts';
import { shelter } from '../../src/store/shelter.ts';
import { notebook } from './kit.ts';

let prefixes = 0;

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `test${(prefixes += 1)}`;
}

/** Long enough for a busy machine: what happens when it runs out has tests of its own. */
export const patientMs = 10_000;

export async function openShared(url: string, options: Partial<RedisOptions> = {}) {
  const notes = notebook();
  const all: RedisOptions = {
    url: () => url,
    prefix: newPrefix(),
    whenDown: 'refuse',
    now: Date.now,
    log: notes.log,
    timeoutMs: patientMs,
    ...options,
  };
  const redis = await openRedis(all);
  const store = shelter(redis, { ...all, patienceMs: 2 * patientMs, retryMs: 20 });
  return { store, redis, lines: notes.lines, prefix: all.prefix };
}

/** Sends commands of its own to a Redis; answers as the protocol has them, texts as text. */
export async function lookInto(url: string) {
  const client = createClient({ url, RESP: 2, maintNotifications: 'disabled' });
  client.on('error', () => undefined);
  await client.connect();
  return {
    ask: (...command: (string | Buffer)[]): Promise<unknown> => client.sendCommand(command),
    close: () => client.destroy(),
  };
}
