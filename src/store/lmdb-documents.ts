// Documents and the history in LMDB, and how a process learns of what another one wrote: it looks every half second.
import { randomBytes } from 'node:crypto';
import { createDocumentListeners } from './document-listeners.ts';
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { historyLimit, type Store } from './store.ts';

export interface LmdbDocuments extends Pick<
  Store,
  'readDocument' | 'writeDocument' | 'onDocument' | 'readHistory'
> {
  stop(): void;
}

const lookEveryMs = 500;
/** An entry's key: when it was written, ms (big-endian), its number within that moment, and a mark of the writer. */
const msBytes = 6;
const ordinalBytes = 3;
const markBytes = 3;

/** @param now ms since epoch */
export function createLmdbDocuments(environment: LmdbEnvironment, now: () => number): LmdbDocuments {
  const { documents, history } = environment;
  const listeners = createDocumentListeners();
  const seen = new Map<string, number>();
  const mark = randomBytes(markBytes);
  const timer = setInterval(look, lookEveryMs).unref();

  function versionOf(name: string): number {
    environment.refresh();
    return documents.getEntry(name)?.version ?? 0;
  }

  function look(): void {
    for (const name of listeners.names()) {
      const version = readable(() => versionOf(name));
      if (version === undefined || version === seen.get(name)) continue;
      seen.set(name, version);
      listeners.notify(name);
    }
  }

  /** Never before the newest entry, though the clock be set back. */
  function historyKeys(count: number): Buffer[] {
    const [newest] = history.getKeys({ reverse: true, limit: 1 });
    const last = newest === undefined ? undefined : Buffer.from(newest);
    const lastMs = last?.readUIntBE(0, msBytes) ?? 0;
    const ms = Math.max(lastMs, Math.floor(now()));
    const first = last !== undefined && ms === lastMs ? last.readUIntBE(msBytes, ordinalBytes) + 1 : 0;
    return Array.from({ length: count }, (_, index) => {
      const key = Buffer.alloc(msBytes + ordinalBytes);
      key.writeUIntBE(ms, 0, msBytes);
      key.writeUIntBE(first + index, msBytes, ordinalBytes);
      return Buffer.concat([key, mark]);
    });
  }

  function surplusKeys(adding: number): Uint8Array[] {
    const surplus = history.getKeysCount() + adding - historyLimit;
    return surplus <= 0 ? [] : [...history.getKeys({ limit: surplus })].map((key) => Buffer.from(key));
  }

  return {
    async readDocument(name) {
      environment.refresh();
      const entry = documents.getEntry(name);
      return Promise.resolve(entry && { version: entry.version ?? 0, text: entry.value });
    },
    async writeDocument(name, text, expected, entries = []) {
      environment.refresh();
      const keys = historyKeys(entries.length);
      const surplus = entries.length === 0 ? [] : surplusKeys(entries.length);
      const written = await environment.batchIf(name, expected, () => {
        void documents.put(name, text, expected + 1);
        entries.forEach((entry, index) => {
          const key = keys[index];
          if (key !== undefined) void history.put(key, entry);
        });
        for (const key of surplus) void history.remove(key).catch(() => undefined);
      });
      if (written) {
        seen.set(name, expected + 1);
        listeners.notify(name);
      }
      return written;
    },
    onDocument(name, listener) {
      const version = seen.has(name) ? undefined : readable(() => versionOf(name));
      if (version !== undefined) seen.set(name, version);
      return listeners.add(name, listener);
    },
    async readHistory(most) {
      environment.refresh();
      return Promise.resolve([...history.getRange({ reverse: true, limit: most })].map(({ value }) => value));
    },
    stop: () => clearInterval(timer),
  };
}

/** Nothing when the store cannot be read now: whoever reads on purpose is told, and the next look comes soon. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
