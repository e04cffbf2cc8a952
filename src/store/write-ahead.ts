// Where a new record stands from its call's answer to its commit: in a small file of this process, written without waiting
// for the disk. A `kill -9` does not undo that, since the system has it; whoever opens the directory next puts it into LMDB.
// A commit waits for the disk, which takes from half a millisecond to many, and a call need not.
//
// The file has a few places, taken by one record after the other. What stands in a place whose record was committed means
// nothing any more and does no harm: a record that LMDB has is not put again.
import { randomBytes } from 'node:crypto';
import { write } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { placeBytes, readPlaces, writePlace, type AheadRecord } from './ahead-record.ts';

export interface WriteAhead {
  /**
   * Writes a record into a free place.
   * @param written called when a `kill -9` cannot undo it any more; never, where it cannot be written
   * @returns makes the place free again, to be called when the record is in LMDB or cannot be put there; nothing where no
   * place is free or the record is too large for one, and then nothing is written
   */
  keep(record: AheadRecord, written: () => void): ((became: 'committed' | 'failed') => void) | undefined;
  /** Shows others that this process runs, even where they cannot see it; to be called every few seconds. */
  beat(): Promise<void>;
  /** Removes the file, unless something in it could not be committed: that is for the next who opens the directory. */
  close(): Promise<void>;
}

interface Place {
  readonly at: number;
  readonly bytes: Buffer;
  /** Of two who have to be done with it: the write and the commit. */
  users: number;
}

/** How the files are named: the process by its number, which is free again when it is gone, and a mark of its own. */
export const aheadFile = /^ahead-(\d{1,10})-[0-9a-f]{16}$/;
/** Files of this process; it may have a directory open more than once. */
const own = new Set<string>();

/** @param places how many records may stand in it. Rejects as the file system does */
export async function createWriteAhead(path: string, places: number): Promise<WriteAhead> {
  const name = `ahead-${process.pid}-${randomBytes(8).toString('hex')}`;
  own.add(name);
  const file = join(path, name);
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    own.delete(name);
    throw error;
  });
  let [writing, whenWritten] = [0, (): void => undefined];
  let isNeeded = false;
  const close = async (): Promise<void> => {
    // The number of a closed file is soon another's, and what is still to be written would go there.
    if (writing > 0) await new Promise<void>((resolve) => (whenWritten = resolve));
    await handle.close();
    if (!isNeeded) await rm(file, { force: true });
    own.delete(name);
  };
  const bytes = Buffer.alloc(places * placeBytes);
  // Later writes need no room on the disk any more.
  await handle.write(bytes).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const free: Place[] = Array.from({ length: places }, (_, number) => {
    const at = number * placeBytes;
    return { at, bytes: bytes.subarray(at, at + placeBytes), users: 0 };
  });
  const leave = (place: Place): void => {
    place.users -= 1;
    if (place.users === 0) free.push(place);
  };
  return {
    keep(record, written) {
      const place = free.pop();
      const length = place && writePlace(place.bytes, record);
      if (place === undefined || length === undefined) {
        if (place !== undefined) free.push(place);
        return undefined;
      }
      place.users = 2;
      // Node's older form, since its promises cost more than the write.
      writing += 1;
      write(handle.fd, place.bytes, 0, length, place.at, (error, count) => {
        writing -= 1;
        if (writing === 0) whenWritten();
        if (error === null && count === length) written();
        leave(place);
      });
      return (became) => {
        isNeeded ||= became === 'failed';
        leave(place);
      };
    },
    async beat() {
      const now = new Date();
      await handle.utimes(now, now);
    },
    close,
  };
}

/** What stands in all files of a directory but this process's own, committed or not. */
export async function readAhead(path: string): Promise<AheadRecord[]> {
  return readFiles(path, await foreignNames(path));
}

/** Files of processes that cannot be seen count as abandoned when nothing was heard of them for so long, ms. */
const silentMs = 20_000;

/** What processes that are gone have left. */
export interface Abandoned {
  readonly records: readonly AheadRecord[];
  /** Removes the files, as far as that is safe; to be called when all of the records are in LMDB. */
  remove(): Promise<void>;
}

export async function readAbandoned(path: string): Promise<Abandoned> {
  const gone = (await foreignNames(path)).filter((name) => !isRunning(Number(aheadFile.exec(name)?.[1])));
  // Before they are read: one that runs now may be killed after it has written more. And one that is not to be seen may
  // run in another container.
  const heardMs = await Promise.all(gone.map((name) => heardOfMs(join(path, name))));
  const silent = gone.filter((_, place) => (heardMs[place] ?? 0) < Date.now() - silentMs);
  return {
    records: await readFiles(path, gone),
    remove: async () => {
      await Promise.all(silent.map((name) => rm(join(path, name), { force: true })));
    },
  };
}

async function heardOfMs(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

async function foreignNames(path: string): Promise<string[]> {
  const names = await readdir(path);
  return names.filter((name) => aheadFile.test(name) && !own.has(name));
}

async function readFiles(path: string, names: readonly string[]): Promise<AheadRecord[]> {
  const files = await Promise.all(names.map((name) => readFile(join(path, name)).catch(emptyIfGone)));
  return files.flatMap(readPlaces);
}

/** Another process has taken over what stood in it, and removed it. */
function emptyIfGone(error: unknown): Buffer {
  if (codeOf(error) === 'ENOENT') return Buffer.alloc(0);
  throw error;
}

function isRunning(pid: number): boolean {
  // An earlier process of the same number: in a container it is always the same.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
