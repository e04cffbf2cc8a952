import assert from 'node:assert/strict';
import { openStore } from '../../src/store/open.ts';
import { openDial } from '../../src/split/stored-dial.ts';
import { beside, directories, eventually, keyOf } from './kit.ts';

const environment = { now: Date.now, log: () => undefined };

describe('two processes on one directory', () => {
  const directory = directories();

  it('see what the other writes, lose nothing, and agree on one dial', async function () {
    this.timeout(30_000);
    const path = await directory();
    const store = await openStore({ type: 'lmdb', path }, environment);
    const dial = await openDial(store, { ...environment, filePercent: 0, filePercentIsSet: false });
    const seen: number[] = [];
    dial.onChange(({ version }) => seen.push(version));
    const other = beside('store/killed.program.ts', [path, 'other', '2', '5']);
    try {
      await eventually(() => other.lines.length > 50 || other.child.exitCode !== null);
      // Both turn the dial at the same time; each turn is kept, under a version of its own.
      for (let percent = 1; percent <= 20; percent += 1) {
        await dial.order({ kind: 'account', account: 'shop', gatewayPercent: percent }, { by: 'here' });
        await store.putRecord(keyOf(`here ${percent}`), Uint8Array.of(1), Date.now() + 1e6);
      }
      assert.equal(dial.state().accounts['shop'], 20);
      const heard = seen.length;
      await eventually(() => seen.length > heard);
    } finally {
      await other.kill();
    }
    for (const line of other.lines) {
      const record = /^record (.*)$/.exec(line)?.[1];
      if (record !== undefined) assert.notEqual(await store.getRecord(keyOf(record)), undefined, record);
    }
    for (let percent = 1; percent <= 20; percent += 1) {
      assert.notEqual(await store.getRecord(keyOf(`here ${percent}`)), undefined);
    }
    const versions = (await dial.history(1000)).map(({ version }) => version);
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((one, two) => two - one),
      'no version is given twice',
    );
    assert.equal((await dial.history(1000)).filter(({ by }) => by === 'here').length, 20);
    await dial.close();
    await store.close();
  });
});
