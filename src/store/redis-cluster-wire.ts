// A connection to a Redis Cluster, all servers in charge of keys together: as good as its worst part, so that half a
// cluster counts as none until the cluster has mended itself. Where keys lie is the client library's business.
import { within } from './patience.ts';
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

/** @param nodes beside the URL's host, `host:port` each */
export async function openClusterWire(url: string, nodes: readonly string[]): Promise<RedisWire> {
  const { createCluster } = await redisLibrary();
  const { protocol, username, password, host } = new URL(url);
  const { RESP, ...defaults } = clientOptions;
  const cluster = createCluster({
    RESP,
    rootNodes: [host, ...nodes].map((node) => ({ url: `${protocol}//${node}` })),
    defaults: {
      ...defaults,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      socket: { ...socketOptions, ...(protocol === 'rediss:' && { tls: true as const }) },
    },
  });
  const end = createEnd();
  // Errors only: a server that leaves the cluster in good order ends without one.
  cluster.on('node-error', end.comes);
  cluster.on('disconnect', () => end.comes(new Error('Socket closed')));
  let asking: unknown;
  cluster.on('error', (error: unknown) => (asking ??= error));
  try {
    await within(cluster.connect(), 2 * connectTimeoutMs, () => new Error('Connection timeout'));
  } catch (error) {
    cluster.destroy();
    // Several servers may have been asked where keys lie; why the first could not tell is what to look into.
    throw asking instanceof Error ? asking : error;
  }
  cluster.on('error', end.comes);
  return {
    send: (key, args, binary = false) =>
      cluster.sendCommand(key, false, [...args], binary ? asBytes : asText),
    sendToAll: (args) =>
      Promise.all(
        cluster.masters.map(async (node) => (await cluster.nodeClient(node)).sendCommand(args, asText)),
      ),
    nodes: () => cluster.masters.map(({ address }) => address),
    ended: end.ended,
    destroy(reason) {
      if (reason !== undefined) end.comes(reason);
      cluster.destroy();
    },
  };
}
