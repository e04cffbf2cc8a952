// A store in this process's memory: forgotten at a restart, shared with nobody, bounded.
import { createDocumentListeners } from './document-listeners.ts';
import { createExpiringMap } from './expiring-map.ts';
import { historyLimit, type Store, type StoredDocument, type StoredRecord } from './store.ts';

export interface MemoryStoreOptions {
  /** ms since epoch. */
  readonly now: () => number;
  /** Records kept at most; beyond it the oldest leave first. A record takes about 400 bytes. */
  readonly capacity?: number;
}

export function createMemoryStore({ now, capacity = 1_000_000 }: MemoryStoreOptions): Store {
  const records = createExpiringMap<StoredRecord>(now, capacity);
  const documents = new Map<string, StoredDocument>();
  const listeners = createDocumentListeners();
  const history: string[] = [];
  return {
    kind: 'memory',
    putRecord(key, value, expiresAtMs, rank = 'replaceable') {
      const stays = rank !== 'final' && records.get(key)?.value.rank === 'final';
      if (!stays) records.set(key, { value: { value, rank }, expiresAtMs });
      return Promise.resolve();
    },
    getRecord: (key) => Promise.resolve(records.get(key)?.value.value),
    countRecords: () => records.size(),
    readDocument: (name) => Promise.resolve(documents.get(name)),
    writeDocument(name, text, expected, entries = []) {
      if ((documents.get(name)?.version ?? 0) !== expected) return Promise.resolve(false);
      documents.set(name, { version: expected + 1, text });
      history.push(...entries);
      history.splice(0, history.length - historyLimit);
      queueMicrotask(() => listeners.notify(name));
      return Promise.resolve(true);
    },
    onDocument: (name, listener) => listeners.add(name, listener),
    readHistory: (most) => Promise.resolve(history.toReversed().slice(0, most)),
    health: () => ({ up: true, errors: 0, waiting: 0, givenUp: records.evicted() }),
    close: () => Promise.resolve(),
  };
}
