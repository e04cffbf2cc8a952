// Records in LMDB, and how they leave: swept in small batches, by an index, on a timer of its own.
// A replaced record is named by the index once more than it leaves; the sweep finds the record's own expiry and lets it be.
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { createExpiryIndex, prefixBytes } from './lmdb-expiry.ts';
import type { RecordRank, StoredRecord, StoreEnvironment } from './store.ts';

export interface LmdbRecords {
  put(key: string, value: Uint8Array, expiresAtMs: number, rank: RecordRank): Promise<void>;
  get(key: string): StoredRecord | undefined;
  count(): number;
  stop(): void;
}

export interface SweepOptions {
  /** Pause between sweeps when nothing more is due, ms. */
  readonly idleMs?: number;
  /** Pause while more is due, ms. */
  readonly busyMs?: number;
  /**
   * Records that one batch removes, or up to a hundred more. With `busyMs` it bounds what can leave: 4,000 a second by
   * default.
   */
  readonly batch?: number;
}

const digestBytes = 32;
/** Taken from the expiry of a final record, by which it is known; one that came without its rank is replaceable. */
const finalFraction = 0.5;

export function createLmdbRecords(
  environment: LmdbEnvironment,
  { now, log }: StoreEnvironment,
  { idleMs = 5_000, busyMs = 50, batch = 200 }: SweepOptions = {},
): LmdbRecords {
  const { records } = environment;
  const index = createExpiryIndex(environment);
  let stopped = false;
  let timer = setTimeout(() => void turn(), idleMs).unref();

  async function turn(): Promise<void> {
    let pause = idleMs;
    try {
      environment.forgetDeadReaders();
      pause = (await sweep()) ? busyMs : idleMs;
    } catch (error) {
      log(
        'warn',
        `expired records cannot be removed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (!stopped) timer = setTimeout(() => void turn(), pause).unref();
  }

  /** @returns whether more may be due */
  async function sweep(): Promise<boolean> {
    environment.refresh();
    const nowMs = now();
    const due = index.due(nowMs, batch);
    if (due.length === 0) return false;
    const prefixes = due.flatMap((entry) => entry.prefixes);
    const expired = prefixes.flatMap(recordsOf).filter(({ version }) => version <= nowMs);
    await environment.batch(() => {
      // Only at the version that was read: another process may have replaced the record since.
      for (const { key, version } of expired) void records.remove(key, version).catch(() => undefined);
      for (const entry of due) index.remove(entry);
    });
    return prefixes.length >= batch;
  }

  function recordsOf(prefix: Buffer): { key: Buffer; version: number }[] {
    const end = Buffer.concat([prefix, Buffer.alloc(digestBytes - prefixBytes + 1, 0xff)]);
    return [...records.getRange({ start: prefix, end, versions: true })].map(({ key, version = 0 }) => ({
      key: Buffer.from(key),
      version,
    }));
  }

  function get(digest: Buffer): StoredRecord | undefined {
    environment.refresh();
    const { value, version = 0 } = records.getEntry(digest) ?? {};
    if (value === undefined || version <= now()) return undefined;
    return { value, rank: isFinal(version) ? 'final' : 'replaceable' };
  }

  /** Resolves to whether the condition of `write` held; else the record stays, and the index names it once too often. */
  async function putIf(write: () => Promise<boolean>, digest: Buffer, expiresAtMs: number): Promise<boolean> {
    let held: Promise<boolean> | undefined;
    await environment.batch(() => {
      held = write();
      // The commit's failure is told by the batch.
      held.catch(() => undefined);
      index.note(digest, expiresAtMs);
    });
    return held ?? false;
  }

  return {
    async put(key, value, expiresAtMs, rank) {
      const digest = digestOf(key);
      const version = Math.ceil(expiresAtMs) - (rank === 'final' ? finalFraction : 0);
      if (rank === 'final') {
        await environment.batch(() => {
          void records.put(digest, value, version);
          index.note(digest, expiresAtMs);
        });
        return;
      }
      // Nearly every record is of a token just made: written where there is none, it need not be looked for first.
      const putNew = () => records.put(digest, value, { version, noOverwrite: true });
      const isNew = () => putIf(putNew, digest, expiresAtMs);
      while (!(await isNew())) {
        environment.refresh();
        const there = records.getEntry(digest)?.version;
        if (there === undefined) continue;
        if (isFinal(there) && there > now()) return;
        // Only at the version that was looked at: a final record may be written meanwhile.
        if (await putIf(() => records.put(digest, value, version, there), digest, expiresAtMs)) return;
      }
    },
    get: (key) => get(digestOf(key)),
    count() {
      environment.refresh();
      const { entryCount } = records.getStats() as { entryCount: number };
      return entryCount;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function isFinal(version: number): boolean {
  return !Number.isInteger(version);
}

function digestOf(key: string): Buffer {
  const digest = Buffer.from(key, 'base64url');
  if (digest.length !== digestBytes) throw new RangeError('a record goes by a SHA-256 in base64url');
  return digest;
}
