// Connects to whatever a Redis URL names, and finds out what that is. Opens; does not keep open.
import { within } from './patience.ts';
import { openClusterWire } from './redis-cluster-wire.ts';
import { RedisRefusal } from './redis-problem.ts';
import {
  asBytes,
  asText,
  clientOptions,
  connectTimeoutMs,
  createEnd,
  redisLibrary,
  socketOptions,
  type RedisWire,
} from './redis-wire.ts';

/** One server, whatever its mode. Resolves when it is connected, authenticated and in its database. */
export async function openClient(url: string) {
  const { createClient } = await redisLibrary();
  const client = createClient({ ...clientOptions, url, socket: { ...socketOptions } });
  const end = createEnd();
  // Listened to in any case: the library's errors would otherwise end the process.
  client.on('error', end.comes);
  client.on('end', () => end.comes(new Error('Socket closed')));
  const destroy = (reason?: unknown) => {
    if (reason !== undefined) end.comes(reason);
    client.destroy();
  };
  const late = setTimeout(() => destroy(new Error('Connection timeout')), 2 * connectTimeoutMs);
  try {
    await client.connect();
  } catch (error) {
    // What came first is the cause; what `connect` says is often only that the socket was closed.
    end.comes(error);
    client.destroy();
    const cause = await end.ended;
    throw cause instanceof Error ? cause : error;
  } finally {
    clearTimeout(late);
  }
  return { client, ended: end.ended, destroy };
}

/** @param nodes of a cluster that was there before, in case the URL's host is the one that is gone */
export async function openWire(url: string, nodes: readonly string[]): Promise<RedisWire> {
  if (nodes.length > 0) return openClusterWire(url, nodes);
  const { client, ended, destroy } = await openClient(url);
  try {
    const asked = roleOf((args) => client.sendCommand(args, asText));
    const role = await within(asked, connectTimeoutMs, () => new Error('Connection timeout'));
    switch (role) {
      case 'cluster':
        destroy();
        return await openClusterWire(url, []);
      case 'sentinel':
        throw new RedisRefusal('store.url: names a Redis Sentinel; name the Redis itself');
      case 'replica':
        throw new Error('READONLY replica');
      case 'alone':
    }
  } catch (error) {
    destroy();
    throw error;
  }
  return {
    send: (_, args, binary = false) => client.sendCommand(args, binary ? asBytes : asText),
    sendToAll: async (args) => [await client.sendCommand(args, asText)],
    nodes: () => [],
    ended,
    destroy,
  };
}

type Role = 'alone' | 'cluster' | 'sentinel' | 'replica';

/** HELLO is allowed to every user, where it is known (Redis 6); INFO need not be. */
async function roleOf(send: (args: string[]) => Promise<unknown>): Promise<Role> {
  const hello = await send(['HELLO']).catch(() => undefined);
  const facts = Array.isArray(hello) ? hello.map(String) : [];
  const fact = (name: string) => facts[facts.indexOf(name) + 1];
  const info = facts.length > 0 ? '' : String(await send(['INFO']).catch(() => ''));
  if (fact('mode') === 'cluster' || info.includes('redis_mode:cluster')) return 'cluster';
  if (fact('mode') === 'sentinel' || info.includes('redis_mode:sentinel')) return 'sentinel';
  return fact('role') === 'replica' || info.includes('role:slave') ? 'replica' : 'alone';
}
