// Records in LMDB, and how they leave: an index by expiry, swept in small batches on a timer of its own.
// A replaced record leaves its former index entry behind; the sweep finds the record's own expiry and lets it be.
import type { LmdbEnvironment } from './lmdb-environment.ts';
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
  /** Records that one batch removes at most. With `busyMs` the most that can leave: 4,000 a second by default. */
  readonly batch?: number;
}

const digestBytes = 32;
const secondBytes = 4;
/** Of a digest, enough to find the record again: 64 bits; two records that share them are both looked at. */
const prefixBytes = 8;
const none = Buffer.alloc(0);
/** Taken from the expiry of a final record, by which it is known; one that came without its rank is replaceable. */
const finalFraction = 0.5;

/**
 * The index has one entry per record, without value: the second in which the record leaves (big-endian) and the first
 * 8 bytes of its digest. Its order is the order of leaving, and it takes a quarter of what whole digests would.
 */
export function createLmdbRecords(
  environment: LmdbEnvironment,
  { now, log }: StoreEnvironment,
  { idleMs = 5_000, busyMs = 50, batch = 200 }: SweepOptions = {},
): LmdbRecords {
  const { records, expiry } = environment;
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
    const end = secondOf(Math.floor(nowMs / 1000) + 1);
    const due = [...expiry.getKeys({ end, limit: batch })].map((key) => Buffer.from(key));
    if (due.length === 0) return false;
    const expired = due.flatMap((entry) => recordsOf(entry)).filter(({ version }) => version <= nowMs);
    await environment.batch(() => {
      // Only at the version that was read: another process may have replaced the record since.
      for (const { key, version } of expired) void records.remove(key, version).catch(() => undefined);
      for (const entry of due) void expiry.remove(entry).catch(() => undefined);
    });
    return due.length === batch;
  }

  function recordsOf(entry: Buffer): { key: Buffer; version: number }[] {
    const start = entry.subarray(secondBytes);
    const end = Buffer.concat([start, Buffer.alloc(digestBytes - prefixBytes + 1, 0xff)]);
    return [...records.getRange({ start, end, versions: true })].map(({ key, version = 0 }) => ({
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

  /** Resolves to whether the condition of `write` held; else the record stays, and the index entry is one too many. */
  async function putIf(write: () => Promise<boolean>, entry: Buffer): Promise<boolean> {
    let held: Promise<boolean> | undefined;
    await environment.batch(() => {
      held = write();
      // The commit's failure is told by the batch.
      held.catch(() => undefined);
      void expiry.put(entry, none);
    });
    return held ?? false;
  }

  return {
    async put(key, value, expiresAtMs, rank) {
      const digest = digestOf(key);
      const version = Math.ceil(expiresAtMs) - (rank === 'final' ? finalFraction : 0);
      const entry = indexEntry(digest, expiresAtMs);
      if (rank === 'final') {
        await environment.batch(() => {
          void records.put(digest, value, version);
          void expiry.put(entry, none);
        });
        return;
      }
      // Nearly every record is of a token just made: written where there is none, it need not be looked for first.
      const isNew = () => putIf(() => records.put(digest, value, { version, noOverwrite: true }), entry);
      while (!(await isNew())) {
        environment.refresh();
        const there = records.getEntry(digest)?.version;
        if (there === undefined) continue;
        if (isFinal(there) && there > now()) return;
        // Only at the version that was looked at: a final record may be written meanwhile.
        if (await putIf(() => records.put(digest, value, version, there), entry)) return;
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

function indexEntry(digest: Buffer, expiresAtMs: number): Buffer {
  const bytes = Buffer.allocUnsafe(secondBytes + prefixBytes);
  writeSecond(bytes, Math.ceil(expiresAtMs / 1000));
  digest.copy(bytes, secondBytes, 0, prefixBytes);
  return bytes;
}

function secondOf(second: number): Buffer {
  const bytes = Buffer.alloc(secondBytes);
  writeSecond(bytes, second);
  return bytes;
}

/** Big-endian, so that the order of the bytes is the order in time; the year 2106 and everything after it are one. */
function writeSecond(bytes: Buffer, second: number): void {
  bytes.writeUInt32BE(Math.max(0, Math.min(second, 0xffff_ffff)));
}

function digestOf(key: string): Buffer {
  const digest = Buffer.from(key, 'base64url');
  if (digest.length !== digestBytes) throw new RangeError('a record goes by a SHA-256 in base64url');
  return digest;
}
