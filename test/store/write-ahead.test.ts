// The file in which new records stand until they are committed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AheadRecord } from '../../src/store/ahead-record.ts';
import { openLmdb } from '../../src/store/lmdb.ts';
import { startTakeOver } from '../../src/store/take-over.ts';
import { createWriteAhead, readAbandoned, readAhead } from '../../src/store/write-ahead.ts';
import { directories, keyOf, notebook, steppedClock } from './kit.ts';

const recordOf = (text: string, version = 1): AheadRecord => ({
  digest: Buffer.from(keyOf(text), 'base64url'),
  value: Buffer.from(text),
  version,
});
const texts = (records: readonly AheadRecord[]) =>
  records.map(({ value }) => Buffer.from(value).toString()).sort();

/** A number that no process has any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  assert.ok(child.pid !== undefined);
  return child.pid;
}

/** A file with these records, as a process leaves it that is killed, a minute ago unless said otherwise. */
async function leave(
  path: string,
  records: readonly AheadRecord[],
  pid: number,
  agoMs = 60_000,
): Promise<void> {
  const elsewhere = await mkdtemp(join(tmpdir(), 'token-proxy-ahead-'));
  const ahead = await createWriteAhead(elsewhere, 8);
  for (const record of records) {
    await new Promise<void>((written) => assert.ok(ahead.keep(record, written)));
  }
  const [name = ''] = await readdir(elsewhere);
  const file = join(path, `ahead-${pid}-0123456789abcdef`);
  await copyFile(join(elsewhere, name), file);
  const last = new Date(Date.now() - agoMs);
  await utimes(file, last, last);
  await ahead.close();
  await rmdir(elsewhere);
}

describe('a write-ahead file', () => {
  const directory = directories();

  it('has what was said to be written, for whoever reads it after a kill', async () => {
    const path = await directory();
    await leave(
      path,
      ['a', 'b', 'c'].map((text) => recordOf(text)),
      await deadPid(),
    );
    assert.deepEqual(texts(await readAhead(path)), ['a', 'b', 'c']);
    const abandoned = await readAbandoned(path);
    assert.deepEqual(texts(abandoned.records), ['a', 'b', 'c']);
    await abandoned.remove();
    assert.deepEqual(await readdir(path), []);
  });

  it('is read by others only, and gone when it is closed', async () => {
    const path = await directory();
    const ahead = await createWriteAhead(path, 1);
    await new Promise<void>((written) => assert.ok(ahead.keep(recordOf('a'), written)));
    assert.deepEqual(await readAhead(path), []);
    await ahead.close();
    assert.deepEqual(await readdir(path), []);
  });

  it('has no more places than it was made with, and a place again only when commit and write are done', async () => {
    const ahead = await createWriteAhead(await directory(), 2);
    const written: string[] = [];
    const keep = (text: string) => {
      let tell = (): void => undefined;
      const done = new Promise<void>((resolve) => (tell = resolve));
      return { done, leave: ahead.keep(recordOf(text), () => (written.push(text), tell())) };
    };
    const [first, second] = [keep('a'), keep('b')];
    assert.equal(keep('c').leave, undefined);
    first.leave?.('committed');
    assert.equal(keep('d').leave, undefined, 'it is still being written');
    await Promise.all([first.done, second.done]);
    const third = keep('e');
    assert.ok(third.leave);
    await third.done;
    assert.deepEqual(written.sort(), ['a', 'b', 'e']);
    await ahead.close();
  });

  it('is removed once its process is gone and silent, and left alone while that runs', async () => {
    const path = await directory();
    const running = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)']);
    try {
      // In a container, an earlier process has the same number.
      for (const pid of [running.pid ?? 0, process.pid, await deadPid()]) await leave(path, [], pid);
      await writeFile(join(path, 'ahead-of-its-time'), '');
      await (await readAbandoned(path)).remove();
      assert.deepEqual(
        (await readdir(path)).sort(),
        [`ahead-${running.pid}-0123456789abcdef`, 'ahead-of-its-time'].sort(),
      );
    } finally {
      running.kill('SIGKILL');
    }
  });

  it('is read but left alone when its process is not to be seen and was heard of lately', async () => {
    const path = await directory();
    await leave(path, [recordOf('a')], await deadPid(), 5_000);
    const abandoned = await readAbandoned(path);
    assert.deepEqual(texts(abandoned.records), ['a']);
    await abandoned.remove();
    assert.deepEqual(texts((await readAbandoned(path)).records), ['a']);
  });

  it('is not taken for empty, and stays, when it cannot be read', async () => {
    const path = await directory();
    const unreadable = join(path, `ahead-${await deadPid()}-0123456789abcdef`);
    await mkdir(unreadable);
    await utimes(unreadable, 1, 1);
    await assert.rejects(readAbandoned(path), { code: 'EISDIR' });
    assert.equal((await readdir(path)).length, 1);
  });

  it('shows that its process runs', async () => {
    const path = await directory();
    const ahead = await createWriteAhead(path, 1);
    const file = join(path, (await readdir(path))[0] ?? '');
    await utimes(file, 1, 1);
    await ahead.beat();
    assert.ok((await stat(file)).mtimeMs > Date.now() - 10_000);
    await ahead.close();
  });

  it('stays when it is closed with something in it that could not be committed', async () => {
    const path = await directory();
    const ahead = await createWriteAhead(path, 2);
    await new Promise<void>((written) => ahead.keep(recordOf('a'), written)?.('failed'));
    await ahead.close();
    assert.deepEqual(texts(await readAhead(path)), ['a']);
  });

  it('keeps what was written to it between being read and being removed by another process', async () => {
    const path = await directory();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)']);
    await once(other, 'spawn');
    await leave(path, [recordOf('a')], other.pid ?? 0);
    const abandoned = await readAbandoned(path);
    other.kill('SIGKILL');
    await once(other, 'close');
    await abandoned.remove();
    assert.deepEqual(texts((await readAbandoned(path)).records), ['a']);
  });
});

describe('the embedded store and what a killed process has left', () => {
  const directory = directories();
  const clock = steppedClock();

  const open = async (path: string) => {
    const notes = notebook();
    return { notes, store: await openLmdb({ path, now: clock.now, log: notes.log }) };
  };
  const later = () => clock.now() + 60_000;

  it('takes it over, but for what expired or was replaced since, and removes the file', async () => {
    const path = await directory();
    const { store } = await open(path);
    await store.putRecord(keyOf('replaced'), Buffer.from('newer'), later());
    await store.putRecord(keyOf('revoked'), Buffer.from('revoked'), later(), 'final');
    await store.close();
    const left = ['new', 'replaced', 'revoked'].map((text) => recordOf(text, later()));
    await leave(path, [...left, recordOf('expired', clock.now())], await deadPid());
    const { store: again, notes } = await open(path);
    const valueOf = async (text: string) => {
      const record = await again.getRecord(keyOf(text));
      return record && Buffer.from(record.value).toString();
    };
    assert.deepEqual(
      [await valueOf('new'), await valueOf('replaced'), await valueOf('revoked'), await valueOf('expired')],
      ['new', 'newer', 'revoked', undefined],
    );
    assert.equal(again.countRecords(), 3);
    assert.equal((await readdir(path)).filter((name) => name.startsWith('ahead-')).length, 1, 'its own');
    await again.close();
    assert.deepEqual((await readdir(path)).sort(), ['data.mdb', 'lock.mdb']);
    assert.deepEqual(notes.lines, []);
  });

  it('leaves the file where its records cannot be committed, and says so once', async () => {
    const path = await directory();
    await leave(path, [recordOf('new', later())], await deadPid());
    const notes = notebook();
    const takeOver = (): Promise<void> => Promise.reject(new Error('the disk is full'));
    const care = await startTakeOver({ path, ahead: undefined, records: { takeOver }, log: notes.log });
    await care.stop();
    assert.equal((await readAbandoned(path)).records.length, 1);
    assert.deepEqual(notes.lines, [
      'warn: what a killed process has written last cannot be taken over yet: the disk is full',
    ]);
  });

  it('opens a directory in which nothing else is left', async () => {
    const path = await directory();
    await leave(path, [recordOf('new', later())], await deadPid());
    const { store } = await open(path);
    assert.ok(await store.getRecord(keyOf('new')));
    await store.close();
  });

  it('finds what another process has not committed yet', async () => {
    const path = await directory();
    const { store } = await open(path);
    const running = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)']);
    try {
      await leave(path, [recordOf('elsewhere', later()), recordOf('over', clock.now())], running.pid ?? 0);
      assert.equal(store.recordAtHand?.(keyOf('elsewhere')), undefined);
      const found = await store.getRecord(keyOf('elsewhere'));
      assert.equal(found && Buffer.from(found.value).toString(), 'elsewhere');
      assert.equal(await store.getRecord(keyOf('over')), undefined);
      assert.equal(await store.getRecord(keyOf('nowhere')), undefined);
    } finally {
      running.kill('SIGKILL');
    }
    await store.close();
  });

  it('says that a record is secured before it is committed, and finds it at once', async () => {
    const { store } = await open(await directory());
    let came: string[] = [];
    // Whichever of the two the machine does first: it need not be this one every time.
    for (let round = 0; came[0] !== 'secured'; round += 1) {
      came = [];
      const key = keyOf(String(round));
      const put = store.putRecord(key, Buffer.from('a'), later(), 'replaceable', () => came.push('secured'));
      assert.ok(store.recordAtHand?.(key));
      await put;
      came.push('committed');
    }
    await store.close();
  });

  it('has a record wait for its commit that is too large for the file', async () => {
    const { store } = await open(await directory());
    const secured: string[] = [];
    const value = Buffer.alloc(1_000);
    await store.putRecord(keyOf('large'), value, later(), 'replaceable', () => secured.push('large'));
    assert.deepEqual(secured, []);
    assert.ok(await store.getRecord(keyOf('large')));
    await store.close();
  });
});
