// The index by which records leave: which of them leave in which second. One entry holds all that one commit has put and
// that leave in the same second: an entry for each record would double the pages that a commit writes, since each would
// lie in a page of its own.
import { randomBytes } from 'node:crypto';
import type { LmdbEnvironment } from './lmdb-environment.ts';

/** What one entry says. */
export interface DueEntry {
  /** The entry's own key, to remove it by. */
  readonly key: Buffer;
  /** Of the digests under which the records are kept, the first {@link prefixBytes}. */
  readonly prefixes: readonly Buffer[];
}

export interface ExpiryIndex {
  /** Notes, within a batch, when the record of a digest leaves. */
  note(digest: Uint8Array, expiresAtMs: number): void;
  /** Entries whose second has come, the earliest first, until they hold `most` records or more. */
  due(nowMs: number, most: number): DueEntry[];
  /** Within a batch. */
  remove(entry: DueEntry): void;
}

/** Of a digest, enough to find the record again: 64 bits; two records that share them are both looked at. */
export const prefixBytes = 8;

const secondBytes = 4;
const markBytes = 4;
const keyBytes = secondBytes + markBytes + 4;
/** Fits beside others into a page of LMDB's. */
const mostInEntry = 100;
const latest = 0xffff_ffff;

/**
 * Key: the second (big-endian: the order of the bytes is the order of leaving), a mark of this process and a number, so
 * that neither another process nor another commit writes the same key. Value: the prefixes, one after the other.
 */
export function createExpiryIndex({
  expiry,
  beforeCommit,
}: Pick<LmdbEnvironment, 'expiry' | 'beforeCommit'>): ExpiryIndex {
  const mark = randomBytes(markBytes);
  const bySecond = new Map<number, Uint8Array[]>();
  let number = 0;

  function write(second: number, digests: readonly Uint8Array[]): void {
    const key = Buffer.allocUnsafe(keyBytes);
    key.writeUInt32BE(second);
    mark.copy(key, secondBytes);
    key.writeUInt32BE(number, secondBytes + markBytes);
    number = (number + 1) % latest;
    const prefixes = Buffer.allocUnsafe(digests.length * prefixBytes);
    for (const [place, digest] of digests.entries()) {
      prefixes.set(digest.subarray(0, prefixBytes), place * prefixBytes);
    }
    void expiry.put(key, prefixes);
  }

  beforeCommit(() => {
    for (const [second, digests] of bySecond) write(second, digests);
    bySecond.clear();
  });

  return {
    note(digest, expiresAtMs) {
      const second = secondOf(Math.ceil(expiresAtMs / 1000));
      const others = bySecond.get(second);
      if (others === undefined) bySecond.set(second, [digest]);
      else if (others.push(digest) === mostInEntry) {
        bySecond.delete(second);
        write(second, others);
      }
    },
    due(nowMs, most) {
      const end = Buffer.alloc(secondBytes);
      end.writeUInt32BE(secondOf(Math.floor(nowMs / 1000) + 1));
      const entries: DueEntry[] = [];
      let count = 0;
      for (const { key, value } of expiry.getRange({ end })) {
        const entry = entryOf(Buffer.from(key), Buffer.from(value));
        entries.push(entry);
        count += entry.prefixes.length;
        if (count >= most) break;
      }
      return entries;
    },
    remove: ({ key }) => void expiry.remove(key).catch(() => undefined),
  };
}

function entryOf(key: Buffer, value: Buffer): DueEntry {
  // Before entries held several, the one prefix stood in the key.
  if (value.length === 0) return { key, prefixes: [key.subarray(secondBytes)] };
  const prefixes: Buffer[] = [];
  for (let at = 0; at + prefixBytes <= value.length; at += prefixBytes) {
    prefixes.push(value.subarray(at, at + prefixBytes));
  }
  return { key, prefixes };
}

/** The year 2106 and everything after it are one. */
function secondOf(second: number): number {
  return Math.max(0, Math.min(second, latest));
}
