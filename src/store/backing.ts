// What an implementation of a store does, as the shelter in front of it sees it.
import type { RecordRank, Store, StoredRecord } from './store.ts';

/** Here, unlike in a Store, records reject like everything else. */
export interface Backing extends Omit<Store, 'health' | 'getRecord' | 'putRecord'> {
  /**
   * Resolves when the record is in the store.
   * @param secured called before, if it survives a `kill -9` before
   */
  putRecord(
    key: string,
    value: Uint8Array,
    expiresAtMs: number,
    rank?: RecordRank,
    secured?: () => void,
  ): Promise<void>;
  getRecord(key: string): Promise<StoredRecord | undefined>;
  /** For a store that reads within this process: what it finds at once, so that nobody need be patient. Throws. */
  recordAtHand?(key: string): StoredRecord | undefined;
  /** Resolves when something could be written. */
  probe(): Promise<void>;
  /** What is wrong although nobody has asked for anything, where that is known. */
  problem?(): string | undefined;
}
