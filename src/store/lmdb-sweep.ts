// How records leave LMDB: swept in small batches, by an index, on a timer of its own.
// A replaced record is named by the index once more than it leaves; the sweep finds the record's own expiry and lets it be.
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { prefixBytes, type ExpiryIndex } from './lmdb-expiry.ts';
import type { StoreEnvironment } from './store.ts';

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

/** Of a digest, behind its prefix, and one more: after every digest that begins so. */
const restBytes = 32 - prefixBytes + 1;

export interface SweepDependencies extends StoreEnvironment {
  readonly environment: LmdbEnvironment;
  readonly index: ExpiryIndex;
}

/** Begins it; `stop` ends it. */
export function startSweep(
  { environment, index, now, log }: SweepDependencies,
  { idleMs = 5_000, busyMs = 50, batch = 200 }: SweepOptions = {},
): { readonly stop: () => void } {
  const { records } = environment;
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
    const end = Buffer.concat([prefix, Buffer.alloc(restBytes, 0xff)]);
    return [...records.getRange({ start: prefix, end, versions: true })].map(({ key, version = 0 }) => ({
      key: Buffer.from(key),
      version,
    }));
  }

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
