// The ledger on top of a store, whichever: the records' form and how long they stay are decided here.
import type { Store } from '../store/store.ts';
import type { Ledger } from './ledger.ts';
import { decodeRecord, encodeRecord, saysRevoked } from './record-bytes.ts';

export interface LedgerOptions {
  /** ms since epoch. */
  readonly now: () => number;
}

/** How long a record outlives its token, so that a query can still say "expired" rather than "unknown". */
const graceMs = 3_600_000;

/** No token lives longer than 30 days (PROTOCOL section 2), whatever a client asked for: what is kept stays bounded. */
const longestLifetimeMs = 30 * 24 * 3_600_000;

/** @param store is shared with others: closing it is for whoever opened it */
export function createLedger(
  store: Pick<Store, 'putRecord' | 'getRecord' | 'countRecords'>,
  { now }: LedgerOptions,
): Ledger {
  let unreadable = 0;
  return {
    async remember(token, record) {
      const endsMs = Math.min(record.expiresAtMs, now() + longestLifetimeMs);
      // Another replica may have been cut off since the token was issued, and keep its record only after this one.
      const rank = record.revokedAtMs === undefined ? 'replaceable' : 'final';
      await store.putRecord(token, encodeRecord(record), endsMs + graceMs, rank);
    },
    async find(token) {
      const bytes = await store.getRecord(token);
      if (bytes === undefined) return undefined;
      const record = decodeRecord(bytes);
      if (record === undefined) unreadable += 1;
      return record;
    },
    async isGood(token) {
      const bytes = await store.getRecord(token);
      if (bytes === undefined) return false;
      const isRevoked = saysRevoked(bytes);
      if (isRevoked === undefined) unreadable += 1;
      return isRevoked === false;
    },
    size: () => store.countRecords(),
    unreadable: () => unreadable,
  };
}
