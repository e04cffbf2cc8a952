// Keeps a failing store from becoming a failing product: what cannot be written waits in memory, bounded, and is written
// once that works again. Knows no store in particular; documents are not sheltered, who writes one is told.
import type { Backing } from './backing.ts';
import { within } from './patience.ts';
import { StoreError, type Store, type StoredRecord, type StoreEnvironment } from './store.ts';
import { createWaitingRecords } from './waiting-records.ts';

export interface ShelterOptions extends StoreEnvironment {
  /** How long a read or a write may take, ms; beyond it counts as failed, so that no answer hangs on a dying disk. */
  readonly patienceMs?: number;
  /** How often a store that is down is tried again, ms. */
  readonly retryMs?: number;
  /** Records that may wait; beyond it the oldest are given up. */
  readonly capacity?: number;
}

export function shelter(backing: Backing, options: ShelterOptions): Store {
  const { now, log, patienceMs = 1_000, retryMs = 1_000, capacity = 100_000 } = options;
  const waiting = createWaitingRecords(now, capacity);
  let errors = 0;
  let writeProblem: string | undefined;
  let readProblem: string | undefined;
  /** The store did not answer in time: until it answers a probe nobody waits for it any more. */
  let silence: StoreError | undefined;
  let retrying: NodeJS.Timeout | undefined;
  let closed = false;

  async function patiently<Value>(work: () => Promise<Value>): Promise<Value> {
    return within(work(), patienceMs, () => {
      silence = new StoreError(`no answer from the store within ${patienceMs} ms`);
      return silence;
    });
  }

  /** For callers; what is done in the background asks a silent store too. */
  function ask<Value>(work: () => Promise<Value>): Promise<Value> {
    return silence === undefined ? patiently(work) : Promise.reject(silence);
  }

  function retryLater(): void {
    if (!closed) retrying ??= setTimeout(() => void retry(), retryMs).unref();
  }

  function writeFailed(error: unknown): void {
    errors += 1;
    const first = writeProblem === undefined;
    writeProblem = messageOf(error);
    if (first) {
      log('error', `the store cannot be written, records are kept in memory meanwhile: ${writeProblem}`);
    }
    retryLater();
  }

  function readFailed(error: unknown): void {
    errors += 1;
    if (readProblem === undefined) log('error', `the store cannot be read: ${messageOf(error)}`);
    readProblem = messageOf(error);
    retryLater();
  }

  function readWell(): void {
    if (readProblem !== undefined) log('info', 'the store can be read again');
    readProblem = undefined;
  }

  const writeWaiting = () =>
    waiting.write((key, { value, rank }, expiresAtMs) =>
      patiently(() => backing.putRecord(key, value, expiresAtMs, rank)),
    );

  async function retry(): Promise<void> {
    try {
      await Promise.all([retryWriting(), retryReading()]);
    } finally {
      retrying = undefined;
      if (isTroubled() || waiting.size() > 0) retryLater();
    }
  }

  const isTroubled = () => (writeProblem ?? readProblem ?? silence) !== undefined;

  async function retryWriting(): Promise<void> {
    try {
      await patiently(() => backing.probe());
      silence = undefined;
      const written = await writeWaiting();
      if (writeProblem === undefined) return;
      writeProblem = undefined;
      const gaveUp = `${written} records were waiting, ${waiting.givenUp()} given up`;
      log('info', `the store can be written again; ${gaveUp}`);
    } catch (error) {
      writeFailed(error);
    }
  }

  async function retryReading(): Promise<void> {
    if (readProblem !== undefined) await patiently(() => backing.readHistory(1)).then(readWell, readFailed);
  }

  /** For documents and the history: whoever asked is told of the failure. */
  async function tell<Value>(work: () => Promise<Value>, failed: (error: unknown) => void): Promise<Value> {
    try {
      return await ask(work);
    } catch (error) {
      failed(error);
      throw error instanceof StoreError ? error : new StoreError(messageOf(error), { cause: error });
    }
  }

  async function read<Value>(work: () => Promise<Value>): Promise<Value> {
    const value = await tell(work, readFailed);
    readWell();
    return value;
  }

  /** What cannot be read counts as not there. */
  function stored(key: string): StoredRecord | undefined | Promise<StoredRecord | undefined> {
    if (backing.recordAtHand !== undefined && silence === undefined) {
      try {
        const record = backing.recordAtHand(key);
        readWell();
        if (record !== undefined) return record;
      } catch (error) {
        readFailed(error);
        return undefined;
      }
    }
    return read(() => backing.getRecord(key)).catch(() => undefined);
  }

  return {
    kind: backing.kind,
    putRecord(key, value, expiresAtMs, rank = 'replaceable') {
      const entry = waiting.next(value, rank);
      return new Promise((resolve) => {
        const wait = (): void => {
          waiting.add(key, entry, expiresAtMs);
          resolve();
        };
        // Behind an earlier value that still waits, it would be overwritten by it.
        if (writeProblem !== undefined || silence !== undefined || waiting.get(key) !== undefined) {
          wait();
          return;
        }
        // It may fail though the record was secured before. A later value of the same key that is in the store by then is
        // overwritten by this one; final ones are not.
        ask(() => backing.putRecord(key, value, expiresAtMs, rank, resolve)).then(
          resolve,
          (error: unknown) => {
            writeFailed(error);
            wait();
          },
        );
      });
    },
    async getRecord(key) {
      const sheltered = waiting.get(key);
      if (sheltered?.rank === 'final') return sheltered.value;
      if (sheltered === undefined) return (await stored(key))?.value;
      // Another process may have written meanwhile what this one, once it can, will not replace.
      const elsewhere = await ask(() => backing.getRecord(key)).catch(() => undefined);
      return elsewhere?.rank === 'final' ? elsewhere.value : sheltered.value;
    },
    countRecords: () => countOf(backing) + waiting.size(),
    readDocument: (name) => read(() => backing.readDocument(name)),
    writeDocument: (name, text, expected, history) =>
      tell(() => backing.writeDocument(name, text, expected, history), writeFailed),
    onDocument: (name, listener) => backing.onDocument(name, listener),
    readHistory: (most) => read(() => backing.readHistory(most)),
    health: () => {
      const problem = backing.problem?.() ?? writeProblem ?? readProblem;
      const numbers = { errors, waiting: waiting.size(), givenUp: waiting.givenUp() };
      return problem === undefined ? { up: true, ...numbers } : { up: false, problem, ...numbers };
    },
    async close() {
      closed = true;
      clearTimeout(retrying);
      await writeWaiting().catch((error: unknown) => {
        log('error', `${waiting.size()} records are lost, the store still fails: ${messageOf(error)}`);
      });
      await patiently(() => backing.close()).catch((error: unknown) => log('warn', messageOf(error)));
    },
  };
}

/** The number is asked for by metrics, which must not fail with the store. */
function countOf(backing: Backing): number {
  try {
    return backing.countRecords();
  } catch {
    return 0;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
