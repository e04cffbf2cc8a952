// Records in LMDB. A new one stands in a write-ahead file until its commit, so that nobody need wait for that.
import type { AheadRecord } from './ahead-record.ts';
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { createExpiryIndex } from './lmdb-expiry.ts';
import { startSweep, type SweepOptions } from './lmdb-sweep.ts';
import type { RecordRank, StoredRecord, StoreEnvironment } from './store.ts';
import type { WriteAhead } from './write-ahead.ts';

export interface LmdbRecords {
  /**
   * Resolves when the record is committed.
   * @param secured called before, if it survives a `kill -9` before
   */
  put(
    key: string,
    value: Uint8Array,
    expiresAtMs: number,
    rank: RecordRank,
    secured?: () => void,
  ): Promise<void>;
  get(key: string): StoredRecord | undefined;
  /** Commits what a process that was killed has left in its write-ahead file, where it is not in the database yet. */
  takeOver(left: readonly AheadRecord[]): Promise<void>;
  count(): number;
  stop(): void;
}

const digestBytes = 32;
/** Taken from the expiry of a final record, by which it is known; one that came without its rank is replaceable. */
const finalFraction = 0.5;

/** @param ahead nothing where there is no write-ahead file: then everybody waits for the commit */
export function createLmdbRecords(
  environment: LmdbEnvironment,
  { now, log }: StoreEnvironment,
  ahead: Pick<WriteAhead, 'keep'> | undefined,
  sweepOptions?: SweepOptions,
): LmdbRecords {
  const { records } = environment;
  const index = createExpiryIndex(environment);
  /** Records that stand in the write-ahead file and are not in the database yet; as many as that has places. */
  const uncommitted = new Map<string, AheadRecord>();
  /** Keys of replaceable records that are being put, and how often. */
  const pending = new Map<string, number>();
  const sweep = startSweep({ environment, index, now, log }, sweepOptions);

  function get(key: string): StoredRecord | undefined {
    environment.refresh();
    const { value, version = 0 } = records.getEntry(digestOf(key)) ?? uncommitted.get(key) ?? {};
    if (value === undefined || version <= now()) return undefined;
    return { value, rank: isFinal(version) ? 'final' : 'replaceable' };
  }

  /** Resolves to whether the condition of `write` held; else the record stays, and the index names it once too often. */
  async function putIf(
    write: () => Promise<boolean>,
    digest: Uint8Array,
    expiresAtMs: number,
    mayWait = false,
  ): Promise<boolean> {
    let held: Promise<boolean> | undefined;
    await environment.batch(() => {
      held = write();
      // The commit's failure is told by the batch.
      held.catch(() => undefined);
      index.note(digest, expiresAtMs);
    }, mayWait);
    return held ?? false;
  }

  /** Nearly every record is of a token just made: written where there is none, it need not be looked for first. */
  function putNew({ digest, value, version }: AheadRecord, mayWait?: boolean): Promise<boolean> {
    const write = () => records.put(digest, value, { version, noOverwrite: true });
    return putIf(write, digest, version, mayWait);
  }

  /** Only what is new goes ahead: whoever takes it over could not tell which of two is the later one. */
  function goAhead(key: string, record: AheadRecord, secured: () => void): ReturnType<WriteAhead['keep']> {
    if (ahead === undefined || environment.isCrowded() || pending.has(key)) return undefined;
    environment.refresh();
    return records.doesExist(record.digest) ? undefined : ahead.keep(record, secured);
  }

  /** Unless what is there is final. Resolves to false when another process was faster. */
  async function replace(record: AheadRecord): Promise<boolean> {
    const { digest, value, version } = record;
    environment.refresh();
    const there = records.getEntry(digest)?.version;
    if (there === undefined) return putNew(record);
    if (isFinal(there) && there > now()) return true;
    // Only at the version that was looked at: a final record may be written meanwhile.
    return putIf(() => records.put(digest, value, version, there), digest, version);
  }

  return {
    async put(key, value, expiresAtMs, rank, secured) {
      const digest = digestOf(key);
      const version = Math.ceil(expiresAtMs) - (rank === 'final' ? finalFraction : 0);
      if (rank === 'final') {
        await environment.batch(() => {
          void records.put(digest, value, version);
          index.note(digest, expiresAtMs);
        });
        return;
      }
      const record = { digest, value, version };
      const leave = secured && goAhead(key, record, secured);
      if (leave !== undefined) uncommitted.set(key, record);
      pending.set(key, (pending.get(key) ?? 0) + 1);
      let became: 'committed' | 'failed' = 'failed';
      try {
        let isDone = await putNew(record, leave !== undefined);
        while (!isDone) isDone = await replace(record);
        became = 'committed';
      } finally {
        const others = (pending.get(key) ?? 1) - 1;
        if (others === 0) pending.delete(key);
        else pending.set(key, others);
        if (leave !== undefined) uncommitted.delete(key);
        leave?.(became);
      }
    },
    async takeOver(left) {
      environment.refresh();
      const alive = left.filter(({ digest, version }) => version > now() && !records.doesExist(digest));
      await Promise.all(alive.map((record) => putNew(record)));
    },
    get,
    count() {
      environment.refresh();
      const { entryCount } = records.getStats() as { entryCount: number };
      return entryCount;
    },
    stop: sweep.stop,
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
