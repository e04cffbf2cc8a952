// The embedded store: a directory that several processes of one machine may share. What it needs of LMDB, and the traps
// there, are in the files beside this one; what happens when it fails at run time is the shelter's.

/*
 * How large it gets. A token takes about 170 bytes of the file (measured at 10^6, account and instance names of 23
 * bytes together): 125 in `records`, 20 to 30 in `expiry`, the rest free pages in use between commits. Records leave one
 * hour after their token, at most 30 days and an hour after they came, and LMDB uses freed pages again. So the file is
 * bounded by rate x lifetime x 170 bytes, for however many years: 100 tokens a second that live a day are 8.6 million
 * records, 1.5 GB; 2 million devices with a token a day that lives 30 days are 60 million records, 10 GB. The sweep
 * removes up to 4,000 records a second. The file never shrinks.
 */
import { createLmdbDocuments } from './lmdb-documents.ts';
import { openEnvironment } from './lmdb-environment.ts';
import { createLmdbRecords, type SweepOptions } from './lmdb-records.ts';
import type { Backing } from './shelter.ts';
import type { StoreEnvironment } from './store.ts';

export interface LmdbOptions extends StoreEnvironment {
  /** A directory; made where it is missing. */
  readonly path: string;
  readonly sweep?: SweepOptions;
}

/** Rejects with a StoreError that says what to do. */
export async function openLmdb({ path, sweep, ...environment }: LmdbOptions): Promise<Backing> {
  const lmdb = await openEnvironment(path);
  const records = createLmdbRecords(lmdb, environment, sweep);
  const documents = createLmdbDocuments(lmdb, environment.now);
  return {
    kind: 'lmdb',
    ...documents,
    // Asynchronous, so that what LMDB throws is a rejection.
    putRecord: async (key, value, expiresAtMs) => records.put(key, value, expiresAtMs),
    getRecord: async (key) => Promise.resolve(records.get(key)),
    countRecords: () => records.count(),
    probe: () => lmdb.probe(),
    async close() {
      records.stop();
      documents.stop();
      await lmdb.close();
    },
  };
}
