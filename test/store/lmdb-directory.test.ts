import assert from 'node:assert/strict';
import { chmod, mkdir, open as openFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { openLmdb } from '../../src/store/lmdb.ts';
import { directories, keyOf } from './kit.ts';

const environment = { now: Date.now, log: () => undefined };

describe('the directory of the embedded store', () => {
  const directory = directories();

  const openAndClose = async (path: string) => (await openLmdb({ path, ...environment })).close();
  const isRefused = (path: string, words: RegExp) =>
    assert.rejects(openAndClose(path), (error: Error) => {
      assert.equal(error.name, 'StoreError');
      assert.match(error.message, words);
      assert.ok(error.message.includes(path), 'names the directory');
      return true;
    });

  async function filled(): Promise<string> {
    const path = await directory();
    const store = await openLmdb({ path, ...environment });
    for (let index = 0; index < 500; index += 1) {
      await store.putRecord(keyOf(String(index)), Buffer.alloc(50), Date.now() + 1e9);
    }
    await store.close();
    return path;
  }

  it('is made where it is missing, for its owner alone', async () => {
    const path = join(await directory(), 'var', 'data.v1');
    await openAndClose(path);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal((await stat(join(path, 'data.mdb'))).mode & 0o077, 0);
  });

  it('is opened again, and by two at once', async () => {
    const path = await filled();
    const first = await openLmdb({ path, ...environment });
    const second = await openLmdb({ path, ...environment });
    await first.putRecord(keyOf('shared'), Uint8Array.of(1), Date.now() + 1e6);
    assert.notEqual(await second.getRecord(keyOf('shared')), undefined);
    await first.close();
    assert.notEqual(await second.getRecord(keyOf('shared')), undefined);
    await second.close();
  });

  it('may have what mounts bring along', async () => {
    const path = await directory();
    await mkdir(join(path, 'lost+found'));
    await mkdir(join(path, '..data'));
    await openAndClose(path);
  });

  it('is refused when it holds other things, which stay as they are', async () => {
    const path = await directory();
    await writeFile(join(path, 'holiday.jpg'), 'x');
    await isRefused(path, /holds other things \(holiday\.jpg\); choose an empty directory/);
    assert.deepEqual(await readdir(path), ['holiday.jpg']);
  });

  it("is refused when it holds another program's LMDB files", async () => {
    const path = await directory();
    const other = open(path, { noSubdir: false });
    await other.put('key', 'value');
    await other.close();
    await isRefused(path, /of another program; choose another path/);
  });

  it('is refused when it is a file, or below one', async () => {
    const path = join(await directory(), 'file');
    await writeFile(path, 'x');
    await isRefused(path, /cannot be created \(EEXIST\)/);
    await isRefused(join(path, 'data'), /cannot be created \(ENOTDIR\); create it, or choose another path/);
  });

  it('is refused when it cannot be written', async () => {
    const path = await directory();
    await chmod(path, 0o500);
    const isRoot = process.geteuid?.() === 0;
    // Root may write anywhere: be somebody else for the moment.
    if (isRoot) process.seteuid?.(65_534);
    try {
      await isRefused(path, /cannot be read and written \(EACCES\)/);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(path, 0o700);
    }
  });

  it('is refused when its file is rubbish', async () => {
    const path = await directory();
    await writeFile(join(path, 'data.mdb'), Buffer.alloc(50_000, 'rubbish'));
    await isRefused(
      path,
      /damaged or was not written by token-proxy; restore it from a copy, or move it away/,
    );
  });

  it('is refused when its file was cut short, which would otherwise end the process', async () => {
    const path = await filled();
    await truncate(join(path, 'data.mdb'), 20_000);
    await isRefused(path, /data\.mdb is damaged: it has been cut short; restore it from a copy/);
  });

  it('is begun anew when the process died before it wrote the file', async () => {
    const path = await directory();
    await (await openFile(join(path, 'data.mdb'), 'w')).close();
    await openAndClose(path);
  });

  async function withFormat(format: string): Promise<string> {
    const path = await filled();
    const root = open(path, { noSubdir: false, maxDbs: 8, encoding: 'binary', keyEncoding: 'binary' });
    await root.openDB<string, string>({ name: 'about', encoding: 'string' }).put('format', format);
    await root.close();
    return path;
  }

  it('is refused by name when a later major version wrote it', async () => {
    const path = await withFormat('2.3');
    await isRefused(
      path,
      /format 2\.3 by a later version of token-proxy, this one reads format 1; run that version/,
    );
  });

  it('is read when a later minor version wrote it', async () => {
    const store = await openLmdb({ path: await withFormat('1.7'), ...environment });
    assert.notEqual(await store.getRecord(keyOf('7')), undefined);
    await store.close();
  });

  for (const format of ['0.9', 'banana']) {
    it(`is refused by name when its format is ${format}`, async () => {
      await isRefused(await withFormat(format), new RegExp(`its format "${format}" is unknown`));
    });
  }
});
