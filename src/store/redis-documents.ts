// Documents and the history in Redis, and how a replica learns of what another one wrote: it is told at once by
// publish/subscribe, and looks every half second in case that went missing.
import { createDocumentListeners } from './document-listeners.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RedisScript } from './redis-link.ts';
import { historyLimit, StoreError, type Store, type StoredDocument } from './store.ts';

export interface RedisDocuments extends Pick<
  Store,
  'readDocument' | 'writeDocument' | 'onDocument' | 'readHistory'
> {
  /** Somebody says that a document has changed, maybe this process itself. */
  heard(): void;
  stop(): void;
}

const lookEveryMs = 500;

/** Keys: document, history. Arguments: version, text, entries to keep, channel, name, entries. Answers 1 when it was kept. */
const writeScript: RedisScript = {
  name: 'document',
  text: `
local kept = redis.call('GET', KEYS[1])
local version = kept and tonumber(string.match(kept, '^%d+')) or 0
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], string.format('%d %s', version + 1, ARGV[2]))
for i = 6, #ARGV do redis.call('LPUSH', KEYS[2], ARGV[i]) end
if #ARGV > 5 then redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1) end
redis.pcall('PUBLISH', ARGV[4], ARGV[5])
return 1
`,
};

export const documentScripts = [writeScript];

export function createRedisDocuments(
  connection: Pick<RedisConnection, 'command' | 'script'>,
  keys: RedisKeys,
): RedisDocuments {
  const listeners = createDocumentListeners();
  const seen = new Map<string, number>();
  const timer = setInterval(() => void look(), lookEveryMs).unref();

  async function look(): Promise<void> {
    const names = listeners.names();
    if (names.length === 0) return;
    const places = names.map((name) => keys.document(name));
    // Whoever reads on purpose is told when that fails; the next look comes soon.
    const kept = await connection.command(keys.history, ['MGET', ...places]).catch(() => undefined);
    if (Array.isArray(kept)) names.forEach((name, index) => saw(name, versionOf(kept[index])));
  }

  function saw(name: string, version: number): void {
    const before = seen.get(name) ?? 0;
    seen.set(name, version);
    if (version !== before) listeners.notify(name);
  }

  return {
    async readDocument(name) {
      const key = keys.document(name);
      return parse(name, await connection.command(key, ['GET', key]));
    },
    async writeDocument(name, text, expected, entries = []) {
      const args = [String(expected), text, String(historyLimit), keys.changes, name, ...entries];
      const kept = await connection.script(writeScript, [keys.document(name), keys.history], args);
      if (kept !== 1) return false;
      saw(name, expected + 1);
      return true;
    },
    onDocument: (name, listener) => listeners.add(name, listener),
    async readHistory(most) {
      if (most <= 0) return [];
      const entries = await connection.command(keys.history, ['LRANGE', keys.history, '0', String(most - 1)]);
      return Array.isArray(entries) ? entries.map(String) : [];
    },
    heard: () => void look(),
    stop: () => clearInterval(timer),
  };
}

function versionOf(kept: unknown): number {
  return typeof kept === 'string' ? Number(/^\d+/.exec(kept)?.[0] ?? -1) : 0;
}

function parse(name: string, kept: unknown): StoredDocument | undefined {
  if (typeof kept !== 'string') return undefined;
  const [, version, text] = /^(\d+) (.*)$/s.exec(kept) ?? [];
  if (version === undefined || text === undefined) {
    throw new StoreError(`the document ${name} in Redis is not of a known form`);
  }
  return { version: Number(version), text };
}
