// Runs Lua scripts by their digest. They are sent ahead to each new connection: a script that is sent whole only once it
// turns out to be missing would be overtaken by calls that came after it.
import { createHash } from 'node:crypto';
import type { RedisScript } from './redis-link.ts';
import type { RedisArgument, RedisWire } from './redis-wire.ts';

export interface RedisScripts {
  load(wire: RedisWire): Promise<void>;
  /** @param keys at least one */
  run(
    wire: RedisWire,
    script: RedisScript,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
  ): Promise<unknown>;
}

export function createScripts(known: readonly RedisScript[]): RedisScripts {
  const digests = new Map(known.map((script) => [script, digestOf(script)]));

  return {
    async load(wire) {
      // A user without the right to do so loads each script with its first call.
      const loads = [...digests.keys()].map(({ text }) => wire.sendToAll(['SCRIPT', 'LOAD', text]));
      await Promise.allSettled(loads);
    },
    async run(wire, script, keys, args) {
      const digest = digests.get(script) ?? digestOf(script);
      digests.set(script, digest);
      const [first = ''] = keys;
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await wire.send(first, ['EVALSHA', digest, ...rest]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return wire.send(first, ['EVAL', script.text, ...rest]);
      }
    },
  };
}

function digestOf({ text }: RedisScript): string {
  return createHash('sha1').update(text).digest('hex');
}
