// The one place that keeps things: records of tokens, small documents (the dial, the rollout) and the history.
// It knows none of them: keys and texts go in and come out. Implementations beside this file; one contract suite.

/** A document with the version under which it was kept. */
export interface StoredDocument {
  readonly version: number;
  readonly text: string;
}

export interface StoreHealth {
  readonly up: boolean;
  /** What is wrong, for people. */
  readonly problem?: string;
  /** Reads and writes that failed since the start. */
  readonly errors: number;
  /** Records that wait in memory until the store takes them; lost if the process dies before. */
  readonly waiting: number;
  /** Records given up since the start, because more were waiting than memory is set aside for. */
  readonly givenUp: number;
}

/**
 * Which of two values under one key stays when it cannot be told which came last: of several processes one may have been
 * cut off from the store, and be late. A `final` value is replaced by final ones only, the others by whatever comes.
 */
export type RecordRank = 'replaceable' | 'final';

/** A record as implementations hand it on; whoever uses a store gets the value alone. */
export interface StoredRecord {
  readonly value: Uint8Array;
  readonly rank: RecordRank;
}

/** Every promise settles within about a second, whatever the disk or the network does. */
export interface Store {
  readonly kind: 'memory' | 'lmdb' | 'redis';

  /**
   * Keeps a record until it expires, replacing an earlier one under the same key. Resolves when the record survives a
   * `kill -9` (where the implementation keeps anything at all); while `health` says that the store is down, when it
   * waits in memory. Never rejects for a store that fails.
   * @param key a SHA-256 in base64url, 43 characters
   * @param expiresAtMs when it leaves, ms since epoch
   * @param rank `replaceable` unless said otherwise
   */
  putRecord(key: string, value: Uint8Array, expiresAtMs: number, rank?: RecordRank): Promise<void>;
  /** Nothing for a record that has expired, though it may still be stored, and nothing when it cannot be read. */
  getRecord(key: string): Promise<Uint8Array | undefined>;
  /**
   * Records kept now, by all replicas that share the store. Not exact: expired ones may be counted until they are swept
   * (an hour, with Redis), and with Redis what others wrote in the last seconds is missing, as is for good what a process
   * that was killed had not yet added, and a record whose writing was not answered in time but happened; what was counted
   * without an answer in time counts twice. While Redis is gone, the number is the last one known and what waits here.
   */
  countRecords(): number;

  /** Rejects with a StoreError when it cannot be read. */
  readDocument(name: string): Promise<StoredDocument | undefined>;
  /**
   * Keeps a document if its version is still the one that was read, and with it, or not at all, what the history shall
   * say of the change.
   * @param expected the version that was read; 0 where there was none. The new version is one more
   * @param history entries to add to the bounded history, oldest first
   * @returns whether it was kept; false when somebody else was faster. Rejects with a StoreError when the store fails
   */
  writeDocument(name: string, text: string, expected: number, history?: readonly string[]): Promise<boolean>;
  /**
   * Calls back when a document may have changed, from wherever; within a second where others share the store.
   * @returns ends it
   */
  onDocument(name: string, listener: () => void): () => void;

  /** Newest first. Rejects with a StoreError when it cannot be read. */
  readHistory(most: number): Promise<readonly string[]>;

  health(): StoreHealth;
  close(): Promise<void>;
}

/** Entries of the history that are kept; the oldest leave. */
export const historyLimit = 1_000;

/** A store that cannot be opened or does not do its work; the message says what to do, and names no secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Where a store says what happens to it. */
export type StoreLog = (level: 'info' | 'warn' | 'error', message: string) => void;

export interface StoreEnvironment {
  /** ms since epoch. */
  readonly now: () => number;
  readonly log: StoreLog;
}
