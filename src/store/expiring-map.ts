// Values in memory that leave at their time: bounded in number, swept without looking at what is not due.
// Knows no store; the memory store keeps its records in one, and the shelter what waits to be written.

export interface Expiring<Value> {
  readonly value: Value;
  /** ms since epoch. */
  readonly expiresAtMs: number;
}

export interface ExpiringMap<Value> {
  /** Replaces an earlier value. Beyond the capacity the oldest leave first. */
  set(key: string, entry: Expiring<Value>): void;
  /** Nothing once it has expired. */
  get(key: string): Expiring<Value> | undefined;
  /** Removes this very entry; a newer one under the same key stays. */
  remove(key: string, entry: Expiring<Value>): void;
  /** Entries that have not expired. */
  size(): number;
  /** The first that were set, oldest first. */
  oldest(most: number): [string, Expiring<Value>][];
  /** Entries that had to leave before their time. */
  evicted(): number;
}

const slotMs = 60_000;

/**
 * Entries are also filed by the minute in which they leave, so that a sweep touches only what is due.
 * @param now ms since epoch
 * @param capacity entries kept at most
 */
export function createExpiringMap<Value>(now: () => number, capacity: number): ExpiringMap<Value> {
  const entries = new Map<string, Expiring<Value>>();
  const leaving = new Map<number, Set<string>>();
  let sweptSlot = slotOf(now());
  let evicted = 0;

  function drop(key: string, { expiresAtMs }: Expiring<Value>): void {
    entries.delete(key);
    const slot = slotOf(expiresAtMs);
    const due = leaving.get(slot);
    due?.delete(key);
    if (due?.size === 0) leaving.delete(slot);
  }

  /** What leaves within the current minute is swept with the next one, unless `get` finds it first. */
  function sweep(): void {
    const current = slotOf(now());
    // After a long pause (or a clock set forward) it is cheaper to look at the slots than at every minute between.
    const due =
      current - sweptSlot > leaving.size
        ? [...leaving.keys()].filter((slot) => slot < current)
        : range(sweptSlot, current);
    for (const slot of due) {
      for (const key of leaving.get(slot) ?? []) entries.delete(key);
      leaving.delete(slot);
    }
    sweptSlot = current;
  }

  return {
    set(key, entry) {
      sweep();
      const before = entries.get(key);
      if (before !== undefined) drop(key, before);
      if (entry.expiresAtMs <= now()) return;
      const slot = slotOf(entry.expiresAtMs);
      entries.set(key, entry);
      leaving.set(slot, (leaving.get(slot) ?? new Set()).add(key));
      if (entries.size > capacity) {
        const [oldest] = entries;
        if (oldest === undefined) return;
        drop(...oldest);
        evicted += 1;
      }
    },
    get(key) {
      const entry = entries.get(key);
      return entry === undefined || entry.expiresAtMs <= now() ? undefined : entry;
    },
    remove(key, entry) {
      if (entries.get(key) === entry) drop(key, entry);
    },
    size() {
      sweep();
      return entries.size;
    },
    oldest(most) {
      sweep();
      const first: [string, Expiring<Value>][] = [];
      for (const entry of entries) {
        if (first.length >= most) break;
        first.push(entry);
      }
      return first;
    },
    evicted: () => evicted,
  };
}

function slotOf(ms: number): number {
  return Math.floor(ms / slotMs);
}

/** From `from` up to and without `end`. */
function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}
