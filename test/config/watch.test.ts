import assert from 'node:assert/strict';
import { rmSync, utimesSync } from 'node:fs';
import { contentHashOf, watchConfig, type ConfigWatch } from '../../src/config/watch.ts';
import { temporaryFolder } from './kit.ts';

/** Long enough that only `poll` looks. */
const never = 3_600_000;

describe('watching the configuration file', () => {
  const folder = temporaryFolder();
  const watches: ConfigWatch[] = [];
  after(() => {
    for (const watch of watches) watch.close();
    folder.remove();
  });

  function watching(name: string, { known = 'one', intervalMs = never } = {}) {
    const file = folder.write(name, 'one');
    let changes = 0;
    const contentHash = contentHashOf(Buffer.from(known));
    const watch = watchConfig(file, { contentHash, intervalMs, onChange: () => (changes += 1) });
    watches.push(watch);
    const settle = async () => {
      for (let look = 0; look < 3; look += 1) await watch.poll();
    };
    return { file, watch, settle, changes: () => changes };
  }

  it('tells new content once', async () => {
    const { settle, changes } = watching('content');
    await settle();
    assert.equal(changes(), 0);
    folder.write('content', 'two');
    await settle();
    await settle();
    assert.equal(changes(), 1);
  });

  it('takes a touch and a rewrite of the same bytes for no change', async () => {
    const { file, settle, changes } = watching('touched');
    await settle();
    utimesSync(file, 1, 1);
    await settle();
    folder.write('touched', 'one');
    await settle();
    assert.equal(changes(), 0);
  });

  it('waits until the file is at rest', async () => {
    const { watch, changes } = watching('moving');
    for (const content of ['t', 'tw', 'two']) {
      folder.write('moving', content);
      await watch.poll();
      assert.equal(changes(), 0);
    }
    await watch.poll();
    assert.equal(changes(), 1);
  });

  it('tells a change that came between loading and watching', async () => {
    const { settle, changes } = watching('between', { known: 'zero' });
    await settle();
    assert.equal(changes(), 1);
  });

  it('waits for a vanished file to come back', async () => {
    const { file, settle, changes } = watching('vanished');
    await settle();
    rmSync(file);
    await settle();
    assert.equal(changes(), 0);
    folder.write('vanished', 'two');
    await settle();
    assert.equal(changes(), 1);
  });

  it('tells of a file that has become too large, which whoever loads it refuses', async () => {
    const { settle, changes } = watching('large');
    folder.write('large', Buffer.alloc(1024 * 1024 + 1));
    await settle();
    assert.equal(changes(), 1);
  });

  it('looks by itself at the given interval', async () => {
    const { changes } = watching('timed', { intervalMs: 2 });
    folder.write('timed', 'two');
    while (changes() === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal(changes(), 1);
  });

  it('is silent once closed', async () => {
    const { watch, settle, changes } = watching('closed');
    watch.close();
    folder.write('closed', 'two');
    await settle();
    assert.equal(changes(), 0);
  });
});
