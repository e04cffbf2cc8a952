// Hears on a connection of its own what replicas publish: a subscribed connection takes no other commands. Silent about
// its failures, since whoever listens looks for changes by itself as well.
import { keepOpen } from './keep-open.ts';
import { within } from './patience.ts';
import { openClient } from './redis-client.ts';
import { connectTimeoutMs } from './redis-wire.ts';

/**
 * On a cluster, any server passes on what was published at any other.
 * @param heard also called when the connection has come about, since something may have been published before
 * @returns ends it
 */
export function hearChanges(url: () => string, channel: string, heard: () => void): () => void {
  const kept = keepOpen({
    async open() {
      const { client, ended, destroy } = await openClient(url());
      try {
        const subscribed = client.subscribe(channel, heard);
        await within(subscribed, connectTimeoutMs, () => new Error('Connection timeout'));
      } catch (error) {
        destroy();
        throw error;
      }
      return { ended, destroy };
    },
    opened: heard,
    failed: () => undefined,
  });
  return () => kept.close();
}
