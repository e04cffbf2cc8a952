// Keeps a failing store from becoming a failing product: what cannot be written waits in memory, bounded, and is written
// once that works again. Knows no store in particular; documents are not sheltered, who writes one is told.
import { createExpiringMap } from './expiring-map.ts';
import { StoreError, type Store, type StoreEnvironment } from './store.ts';

/** What an implementation does; here, unlike in a Store, records reject like everything else. */
export interface Backing extends Omit<Store, 'health'> {
  /** Resolves when something could be written. */
  probe(): Promise<void>;
}

export interface ShelterOptions extends StoreEnvironment {
  /** How long a read or a write may take, ms; beyond it counts as failed, so that no answer hangs on a dying disk. */
  readonly patienceMs?: number;
  /** How often a store that is down is tried again, ms. */
  readonly retryMs?: number;
  /** Records that may wait; beyond it the oldest are given up. */
  readonly capacity?: number;
}

interface Waiting {
  readonly value: Uint8Array;
  /** Which of two values under one key is the newer. */
  readonly order: number;
}

/** Records written at once when the store works again. */
const batchSize = 500;

export function shelter(backing: Backing, options: ShelterOptions): Store {
  const { now, log, patienceMs = 1_000, retryMs = 1_000, capacity = 100_000 } = options;
  const waiting = createExpiringMap<Waiting>(now, capacity);
  let order = 0;
  let errors = 0;
  let writeProblem: string | undefined;
  let readProblem: string | undefined;
  let retrying: NodeJS.Timeout | undefined;
  let closed = false;

  const patiently = <Value>(work: Promise<Value>) => within(work, patienceMs);

  function writeFailed(error: unknown): void {
    errors += 1;
    const first = writeProblem === undefined;
    writeProblem = messageOf(error);
    if (first) {
      log('error', `the store cannot be written, records are kept in memory meanwhile: ${writeProblem}`);
    }
    if (!closed) retrying ??= setTimeout(() => void retry(), retryMs).unref();
  }

  async function writeWaiting(): Promise<number> {
    let written = 0;
    for (let batch = waiting.oldest(batchSize); batch.length > 0; batch = waiting.oldest(batchSize)) {
      const writes = batch.map(([key, { value, expiresAtMs }]) =>
        backing.putRecord(key, value.value, expiresAtMs),
      );
      await patiently(Promise.all(writes));
      for (const [key, entry] of batch) waiting.remove(key, entry);
      written += batch.length;
    }
    return written;
  }

  async function retry(): Promise<void> {
    try {
      await patiently(backing.probe());
      const written = await writeWaiting();
      retrying = undefined;
      writeProblem = undefined;
      log(
        'info',
        `the store can be written again; ${written} records were waiting, ${waiting.evicted()} given up`,
      );
    } catch (error) {
      retrying = undefined;
      writeFailed(error);
    }
  }

  function wait(key: string, entry: Waiting, expiresAtMs: number): void {
    const other = waiting.get(key);
    if (other === undefined || other.value.order < entry.order) {
      waiting.set(key, { value: entry, expiresAtMs });
    }
  }

  /** For documents and the history: whoever asked is told of the failure. */
  async function tell<Value>(work: Promise<Value>, failed: (error: unknown) => void): Promise<Value> {
    try {
      return await patiently(work);
    } catch (error) {
      failed(error);
      throw error instanceof StoreError ? error : new StoreError(messageOf(error), { cause: error });
    }
  }

  function readFailed(error: unknown): void {
    errors += 1;
    if (readProblem === undefined) log('error', `the store cannot be read: ${messageOf(error)}`);
    readProblem = messageOf(error);
  }

  async function read<Value>(work: Promise<Value>): Promise<Value> {
    const value = await tell(work, readFailed);
    if (readProblem !== undefined) log('info', 'the store can be read again');
    readProblem = undefined;
    return value;
  }

  return {
    kind: backing.kind,
    async putRecord(key, value, expiresAtMs) {
      const entry = { value, order: (order += 1) };
      if (writeProblem === undefined) {
        try {
          return await patiently(backing.putRecord(key, value, expiresAtMs));
        } catch (error) {
          writeFailed(error);
        }
      }
      wait(key, entry, expiresAtMs);
    },
    async getRecord(key) {
      const sheltered = waiting.get(key);
      if (sheltered !== undefined) return sheltered.value.value;
      try {
        return await read(backing.getRecord(key));
      } catch {
        return undefined;
      }
    },
    countRecords: () => countOf(backing) + waiting.size(),
    readDocument: (name) => read(backing.readDocument(name)),
    writeDocument: (name, text, expected, history) =>
      tell(backing.writeDocument(name, text, expected, history), writeFailed),
    onDocument: (name, listener) => backing.onDocument(name, listener),
    readHistory: (most) => read(backing.readHistory(most)),
    health: () => {
      const problem = writeProblem ?? readProblem;
      const numbers = { errors, waiting: waiting.size(), givenUp: waiting.evicted() };
      return problem === undefined ? { up: true, ...numbers } : { up: false, problem, ...numbers };
    },
    async close() {
      closed = true;
      clearTimeout(retrying);
      await writeWaiting().catch((error: unknown) => {
        log('error', `${waiting.size()} records are lost, the store still fails: ${messageOf(error)}`);
      });
      await patiently(backing.close()).catch((error: unknown) => log('warn', messageOf(error)));
    },
  };
}

async function within<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError(`no answer from the store within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
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
