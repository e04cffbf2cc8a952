// Whether a directory can hold the embedded store: looked at before LMDB touches it, since what LMDB cannot open or map
// ends the whole process (a segmentation fault, a bus error) instead of throwing.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from './store.ts';
import { aheadFile } from './write-ahead.ts';

const dataFile = 'data.mdb';
const lockFile = 'lock.mdb';

/**
 * Makes the directory where it is missing, for this user alone.
 * Rejects with a StoreError that says what to do when it cannot hold a store.
 */
export async function prepareDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw refusal(
      path,
      `the directory cannot be created (${codeOf(error)})`,
      'create it, or choose another path',
    );
  }
  const names = await namesIn(path);
  const foreign = names.filter((name) => name !== dataFile && name !== lockFile && !aheadFile.test(name));
  if (!names.includes(dataFile) && foreign.length > 0) {
    throw refusal(
      path,
      `the directory holds other things (${foreign.slice(0, 3).join(', ')})`,
      'choose an empty directory or one that does not exist yet',
    );
  }
  const present = [dataFile, lockFile].filter((name) => names.includes(name));
  await checkWritable(path, present);
  if (present.includes(dataFile)) await checkFile(path);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    // A volume's root has `lost+found`, and Kubernetes puts names with a dot beside what it mounts.
    return (await readdir(path)).filter((name) => name !== 'lost+found' && !name.startsWith('.'));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** By doing it: permissions, read-only mounts and quotas are too many rules to ask for one by one. */
async function checkWritable(path: string, present: readonly string[]): Promise<void> {
  try {
    for (const name of present) await (await open(join(path, name), 'r+')).close();
    const trial = join(path, `.trial-${randomUUID()}`);
    await writeFile(trial, Buffer.alloc(trialBytes)).finally(() => rm(trial, { force: true }));
  } catch (error) {
    // A full disk is no reason not to serve with what is there; the shelter takes over.
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
    if (isFull && present.length === 2) return;
    if (isFull)
      throw refusal(path, `the disk is full (${codeOf(error)})`, 'make room, or choose another path');
    throw unwritable(path, error);
  }
}

const trialBytes = 65_536;

function unwritable(path: string, error: unknown): StoreError {
  return refusal(
    path,
    `the directory or a file in it cannot be read and written (${codeOf(error)})`,
    'give this user the right to, or choose another path',
  );
}

/** A StoreError about a directory. */
export function refusal(path: string, problem: string, remedy: string, cause?: unknown): StoreError {
  return new StoreError(`store ${path}: ${problem}; ${remedy}`, { cause });
}

export const damagedRemedy =
  'restore it from a copy, or move it away to start with an empty store (tokens issued before are then unknown)';

// LMDB's two meta pages, little-endian: offsets within each page (MDB_page and MDB_meta in its mdb.c).
const magicAt = 24;
const pageSizeAt = 48;
const lastPageAt = 144;
const transactionAt = 152;
const metaBytes = 160;
const magic = 0xbeefc0de;

/** Pages that LMDB may have allocated at the end without ever having written them. */
const slackPages = 16n;

async function checkFile(path: string): Promise<void> {
  const file = join(path, dataFile);
  // An empty file is one that LMDB was about to create when the process died; it begins again.
  if ((await stat(file)).size === 0) return;
  const first = await metaAt(file, 0);
  const second = first && (await metaAt(file, first.pageSize));
  if (first === undefined || second === undefined) {
    throw refusal(path, `${dataFile} is damaged or was not written by token-proxy`, damagedRemedy);
  }
  const { pageSize, lastPage } = second.transaction > first.transaction ? second : first;
  // Asked for again, and only now: another process may be writing, and makes the file longer before it says so.
  const { size } = await stat(file);
  if (BigInt(size) < (lastPage + 1n - slackPages) * BigInt(pageSize)) {
    throw refusal(path, `${dataFile} is damaged: it has been cut short`, damagedRemedy);
  }
}

async function metaAt(file: string, position: number) {
  const page = Buffer.alloc(metaBytes);
  const handle = await open(file, 'r');
  try {
    const { bytesRead } = await handle.read(page, 0, metaBytes, position);
    if (bytesRead < metaBytes || page.readUInt32LE(magicAt) !== magic) return undefined;
  } finally {
    await handle.close();
  }
  return {
    pageSize: page.readUInt32LE(pageSizeAt),
    lastPage: page.readBigUInt64LE(lastPageAt),
    transaction: page.readBigUInt64LE(transactionAt),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
