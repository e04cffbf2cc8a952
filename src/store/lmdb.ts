// The embedded store: a directory that several processes of one machine may share. What it needs of LMDB, and the traps
// there, are in the files beside this one; what happens when it fails at run time is the shelter's.

/*
 * How large it gets, measured with account and instance names of 23 bytes together: a store that only fills takes 167
 * bytes a token (at 10^6); one that has long been filling and sweeping 220 in half-emptied pages (170 in `records`, 50 in
 * `expiry`, fewer where several of a commit leave in the same second), and with the free pages between commits 280 of the
 * file (at 10^5 tokens; less the larger it is). A record leaves one hour after its token, at most 30 days and an hour
 * after it came, and freed pages are used again: after some twenty lifetimes of steady load the file stops growing. So it
 * is bounded by rate x lifetime x 280 bytes, for however many years: 100 tokens a second that live a day are 9 million
 * records, 2.5 GB; 2 million devices with a token a day that lives 30 days are 60 million records, 17 GB at most. The
 * sweep removes some 4,000 records a second.
 * The file never shrinks.
 */
import { createLmdbDocuments } from './lmdb-documents.ts';
import { openEnvironment } from './lmdb-environment.ts';
import { createLmdbRecords } from './lmdb-records.ts';
import type { SweepOptions } from './lmdb-sweep.ts';
import type { Backing } from './backing.ts';
import type { StoredRecord, StoreEnvironment } from './store.ts';
import { startTakeOver } from './take-over.ts';
import { createWriteAhead, readAhead } from './write-ahead.ts';

export interface LmdbOptions extends StoreEnvironment {
  /** A directory; made where it is missing. */
  readonly path: string;
  readonly sweep?: SweepOptions;
}

/**
 * Records that may stand in the write-ahead file: twice as many as come before there is a crowd, and then calls wait for
 * their commits, which they share. To write each of them ahead would cost a tenth more CPU time a call.
 */
const aheadPlaces = 64;

/** Rejects with a StoreError that says what to do. */
export async function openLmdb({ path, sweep, ...environment }: LmdbOptions): Promise<Backing> {
  const { now, log } = environment;
  const lmdb = await openEnvironment(path);
  // A disk that is full now: calls wait for their commits.
  const ahead = await createWriteAhead(path, aheadPlaces).catch(() => undefined);
  const records = createLmdbRecords(lmdb, environment, ahead, sweep);
  const documents = createLmdbDocuments(lmdb, environment.now);

  /** What another process has not committed yet. */
  async function aheadElsewhere(key: string): Promise<StoredRecord | undefined> {
    const isOf = Buffer.from(key, 'base64url');
    const found = (await readAhead(path)).find(({ digest }) => isOf.equals(digest));
    return found === undefined || found.version <= now()
      ? undefined
      : { value: found.value, rank: 'replaceable' };
  }

  const care = await startTakeOver({ path, ahead, records, log });
  return {
    kind: 'lmdb',
    ...documents,
    putRecord: (key, value, expiresAtMs, rank = 'replaceable', secured) =>
      records.put(key, value, expiresAtMs, rank, secured),
    // Once more in the end: it may have been committed while the files were read.
    getRecord: async (key) => records.get(key) ?? (await aheadElsewhere(key)) ?? records.get(key),
    recordAtHand: (key) => records.get(key),
    countRecords: () => records.count(),
    probe: () => lmdb.probe(),
    async close() {
      records.stop();
      documents.stop();
      await care.stop();
      await lmdb.close().finally(() => ahead?.close());
    },
  };
}
