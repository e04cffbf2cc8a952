// A ledger in this process's memory: forgotten at a restart, bounded, swept by expiry.
// Records stay a little beyond their expiry, so that a query can still say "expired" rather than "unknown".
import type { Ledger, TokenHash, TokenRecord } from './ledger.ts';

export interface MemoryLedgerOptions {
  /** ms since epoch. */
  readonly now: () => number;
  /** Records kept at most; beyond it the oldest leave first. */
  readonly capacity?: number;
  /** How long a record outlives its token, ms. */
  readonly graceMs?: number;
}

const slotMs = 60_000;

/** Records are also filed by the minute in which they leave, so that a sweep touches only what is due. */
export function createMemoryLedger(options: MemoryLedgerOptions): Ledger {
  const { now, capacity = 1_000_000, graceMs = 3_600_000 } = options;
  const records = new Map<TokenHash, TokenRecord>();
  const leaving = new Map<number, Set<TokenHash>>();
  let sweptSlot = Math.floor(now() / slotMs);

  const slotOf = (record: TokenRecord) => Math.floor((record.expiresAtMs + graceMs) / slotMs) + 1;

  function drop(token: TokenHash): void {
    const record = records.get(token);
    if (record === undefined) return;
    records.delete(token);
    const slot = slotOf(record);
    const due = leaving.get(slot);
    due?.delete(token);
    if (due?.size === 0) leaving.delete(slot);
  }

  function sweep(): void {
    const current = Math.floor(now() / slotMs);
    // After a long pause (or a clock set forward) it is cheaper to look at the slots than at every minute between.
    const due =
      current - sweptSlot > leaving.size
        ? [...leaving.keys()].filter((slot) => slot <= current)
        : minutes(sweptSlot, current);
    for (const slot of due) {
      for (const token of leaving.get(slot) ?? []) records.delete(token);
      leaving.delete(slot);
    }
    sweptSlot = current;
  }

  return {
    remember(token, record) {
      sweep();
      drop(token);
      if (record.expiresAtMs + graceMs <= now()) return Promise.resolve();
      const slot = slotOf(record);
      records.set(token, record);
      const due = leaving.get(slot) ?? new Set();
      leaving.set(slot, due.add(token));
      if (records.size > capacity) {
        const [oldest] = records.keys();
        if (oldest !== undefined) drop(oldest);
      }
      return Promise.resolve();
    },
    find(token) {
      const record = records.get(token);
      const gone = record === undefined || record.expiresAtMs + graceMs <= now();
      return Promise.resolve(gone ? undefined : record);
    },
    size() {
      sweep();
      return records.size;
    },
    close: () => Promise.resolve(),
  };
}

function minutes(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
