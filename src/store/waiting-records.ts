// Records that could not be written and wait for the store: bounded, the newest value of each key, in the order they came.
import { createExpiringMap } from './expiring-map.ts';
import type { RecordRank } from './store.ts';

export interface WaitingRecord {
  readonly value: Uint8Array;
  readonly rank: RecordRank;
  /** Which of two values under one key is the newer. */
  readonly order: number;
}

export interface WaitingRecords {
  /** A value, newer than all before it. */
  next(value: Uint8Array, rank: RecordRank): WaitingRecord;
  /** Unless a value that stays is waiting already. */
  add(key: string, record: WaitingRecord, expiresAtMs: number): void;
  get(key: string): WaitingRecord | undefined;
  /** Writes what waits until nothing does. @returns how many; rejects when one cannot be written, and they wait on */
  write(put: (key: string, record: WaitingRecord, expiresAtMs: number) => Promise<void>): Promise<number>;
  size(): number;
  /** Records that had to leave before their time, to make room. */
  givenUp(): number;
}

/** Records written at once. */
const batchSize = 200;

/**
 * @param now ms since epoch
 * @param capacity records that wait at most; beyond it the oldest are given up
 */
export function createWaitingRecords(now: () => number, capacity: number): WaitingRecords {
  const records = createExpiringMap<WaitingRecord>(now, capacity);
  let order = 0;
  return {
    next: (value, rank) => ({ value, rank, order: (order += 1) }),
    add(key, record, expiresAtMs) {
      const other = records.get(key)?.value;
      if (other === undefined || isReplacedBy(other, record))
        records.set(key, { value: record, expiresAtMs });
    },
    get: (key) => records.get(key)?.value,
    async write(put) {
      let written = 0;
      for (let batch = records.oldest(batchSize); batch.length > 0; batch = records.oldest(batchSize)) {
        await Promise.all(batch.map(([key, { value, expiresAtMs }]) => put(key, value, expiresAtMs)));
        for (const [key, entry] of batch) records.remove(key, entry);
        written += batch.length;
      }
      return written;
    },
    size: () => records.size(),
    givenUp: () => records.evicted(),
  };
}

function isReplacedBy(one: WaitingRecord, other: WaitingRecord): boolean {
  return one.rank === other.rank ? one.order < other.order : other.rank === 'final';
}
