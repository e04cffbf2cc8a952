// Opens LMDB's files and the four databases in them, after checking that they are ours and of a format known here.
// Speaks to LMDB in binary and in explicit batches only; what the batches hold is decided elsewhere.
import { open, type Database, type RootDatabase } from 'lmdb';
import { createGroupCommit } from './group-commit.ts';
import { damagedRemedy, prepareDirectory, refusal } from './lmdb-directory.ts';
import { StoreError } from './store.ts';

/**
 * The format of what is kept. A higher major is refused; a higher minor only adds what this version may overlook.
 * Format 1: `records` (SHA-256 → value, its LMDB version being the expiry in ms, less half of one for a final record), `expiry` (see lmdb-expiry.ts),
 * `documents` (name → text, its LMDB version being the document's), `history` (see lmdb-documents.ts), `about`.
 */
const format = { major: 1, minor: 0 };

export interface LmdbEnvironment {
  readonly records: Database<Uint8Array, Uint8Array> & PutsNew;
  readonly expiry: Database<Uint8Array, Uint8Array>;
  readonly documents: Database<string, string>;
  readonly history: Database<string, Uint8Array>;
  /**
   * Writes what `write` puts and removes, all or nothing; resolves when that survives a `kill -9`.
   * @param mayWait nobody waits for it
   */
  batch(write: () => void, mayWait?: boolean): Promise<void>;
  /** Whether batches come faster than they can be written one by one. */
  isCrowded(): boolean;
  /** `write` is called at the end of every group of batches, and belongs to it. */
  beforeCommit(write: () => void): void;
  /** The same under a condition: the document's version. Resolves to whether it held; nothing is written otherwise. */
  batchIf(document: string, version: number, write: () => void): Promise<boolean>;
  /** Makes the next read see what other processes have written. */
  refresh(): void;
  /** Forgets readers that died; otherwise they keep the file growing. */
  forgetDeadReaders(): void;
  /** Writes something of no meaning. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

interface PutsNew {
  /** Resolves to false, and leaves all as it is, where there is a record of that key. Not in the library's types. */
  put(key: Uint8Array, value: Uint8Array, options: { version: number; noOverwrite: true }): Promise<boolean>;
}

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** Rejects with a StoreError that says what to do. */
export async function openEnvironment(path: string): Promise<LmdbEnvironment> {
  await prepareDirectory(path);
  let root: RootDatabase<Uint8Array, Uint8Array>;
  try {
    // Not in the library's types: the mode of the files.
    const options = { ...binary, ...openOptions, permissionsMode: 0o600 };
    root = open<Uint8Array, Uint8Array>(path, options);
  } catch (error) {
    throw openingFailure(path, error);
  }
  try {
    const about = openAbout(path, root);
    const written = about.get('format');
    if (written === undefined) await settled(about.put('format', `${format.major}.${format.minor}`));
    else checkFormat(path, written);
    return assemble(root, about);
  } catch (error) {
    await root.close();
    throw error instanceof StoreError ? error : openingFailure(path, error);
  }
}

const openOptions = {
  noSubdir: false,
  maxDbs: 8,
  // The default syncs after acknowledging, and lost acknowledged writes when killed.
  overlappingSync: false,
  // One sync a commit rather than two. The files stay whole whatever happens, and a `kill -9` undoes nothing, since the
  // system has what was written; a loss of power may undo the last commit (MDB_NOMETASYNC in LMDB's lmdb.h).
  noMetaSync: true,
  // Batches by event turn leave a promise behind that nobody can hold: an unhandled rejection when the disk is full.
  eventTurnBatching: false,
};

function openAbout(path: string, root: RootDatabase<Uint8Array, Uint8Array>): Database<string, string> {
  const names = [...root.getKeys()].map((key) => Buffer.from(key).toString().replace(/\0$/, ''));
  if (names.length > 0 && !names.includes('about')) {
    throw refusal(path, 'the directory holds the LMDB files of another program', 'choose another path');
  }
  return root.openDB<string, string>({ name: 'about', encoding: 'string' });
}

function checkFormat(path: string, written: string): void {
  const [major] = written.split('.');
  if (Number(major) === format.major) return;
  throw Number(major) > format.major
    ? refusal(
        path,
        `it was written in format ${written} by a later version of token-proxy, this one reads format ${format.major}`,
        'run that version, or choose another path',
      )
    : refusal(path, `its format ${JSON.stringify(written)} is unknown`, damagedRemedy);
}

function assemble(
  root: RootDatabase<Uint8Array, Uint8Array>,
  about: Database<string, string>,
): LmdbEnvironment {
  const records = root.openDB<Uint8Array, Uint8Array>({
    name: 'records',
    ...binary,
    useVersions: true,
  }) as LmdbEnvironment['records'];
  const documents = root.openDB<string, string>({ name: 'documents', encoding: 'string', useVersions: true });
  const last: (() => void)[] = [];
  const commits = createGroupCommit(async (writes) => {
    await settled(
      root.batch(() => {
        for (const write of writes) write();
        for (const write of last) write();
      }),
    );
  });
  return {
    records,
    expiry: root.openDB<Uint8Array, Uint8Array>({ name: 'expiry', ...binary }),
    documents,
    history: root.openDB<string, Uint8Array>({ name: 'history', encoding: 'string', keyEncoding: 'binary' }),
    batch: commits.add,
    isCrowded: commits.isCrowded,
    beforeCommit: (write) => void last.push(write),
    batchIf: (document, version, write) =>
      settled(
        version === 0 ? documents.ifNoExists(document, write) : documents.ifVersion(document, version, write),
      ),
    refresh: () => root.resetReadTxn(),
    forgetDeadReaders: () => void root.readerCheck(),
    probe: async () => {
      await settled(root.batch(() => void about.put('probe', '')));
    },
    close: async () => {
      await commits.whenIdle();
      await root.close();
    },
  };
}

/** LMDB's rejections carry a second promise with the real reason, which would be an unhandled rejection of its own. */
async function settled(work: Promise<boolean>): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'commitError' in error) await error.commitError;
    throw error;
  }
}

function openingFailure(path: string, error: unknown): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  const isDamaged = /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|PANIC|VERSION_MISMATCH|BAD_TXN)/.test(message);
  return isDamaged
    ? refusal(
        path,
        `data.mdb is damaged or was not written by token-proxy (${message})`,
        damagedRemedy,
        error,
      )
    : refusal(path, `it cannot be opened (${message})`, 'see to it that this user can write there', error);
}
