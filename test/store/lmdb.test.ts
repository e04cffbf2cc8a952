import assert from 'node:assert/strict';
import { open } from 'lmdb';
import { openLmdb } from '../../src/store/lmdb.ts';
import { openStore } from '../../src/store/open.ts';
import { shelter } from '../../src/store/shelter.ts';
import { storeContract } from '../contract/store-contract.ts';
import { directories, eventually, keyOf, notebook, steppedClock } from './kit.ts';

const often = { idleMs: 10, busyMs: 1, batch: 20 };
const quiet = () => undefined;

describe('the embedded store', () => {
  const directory = directories();
  const openOften = async (now: () => number, path?: string) => {
    const options = { now, log: quiet, sweep: often, path: path ?? (await directory()) };
    return shelter(await openLmdb(options), options);
  };

  storeContract('lmdb', async () => {
    const clock = steppedClock();
    return { ...clock, store: await openOften(clock.now) };
  });

  it('finds everything again after it was closed', async () => {
    const path = await directory();
    const { now } = steppedClock();
    const store = await openOften(now, path);
    await store.putRecord(keyOf('a'), Uint8Array.of(1), now() + 1000);
    await store.writeDocument('dial', 'one', 0, ['entry']);
    await store.close();
    const again = await openOften(now, path);
    assert.deepEqual([...((await again.getRecord(keyOf('a'))) ?? [])], [1]);
    assert.deepEqual(await again.readDocument('dial'), { version: 1, text: 'one' });
    assert.deepEqual(await again.readHistory(5), ['entry']);
    await again.close();
  });

  for (const [title, order] of [
    ['a replaceable record that was begun before it', ['replaceable', 'final']],
    ['one that was begun right after it', ['final', 'replaceable']],
  ] as const) {
    it(`keeps a final record whatever comes of ${title}`, async () => {
      const { now } = steppedClock();
      const store = await openOften(now);
      const value = { replaceable: Uint8Array.of(2), final: Uint8Array.of(3) };
      for (let round = 0; round < 20; round += 1) {
        const key = keyOf(`${round}`);
        await store.putRecord(key, Uint8Array.of(1), now() + 1000);
        await Promise.all(order.map((rank) => store.putRecord(key, value[rank], now() + 1000, rank)));
        assert.deepEqual([...((await store.getRecord(key)) ?? [])], [3]);
      }
      await store.close();
    });
  }

  it('stays bounded over two months of steady load, index included', async () => {
    const { now, advance } = steppedClock();
    const path = await directory();
    const store = await openOften(now, path);
    const dayMs = 86_400_000;
    for (let hour = 0; hour < 60 * 24; hour += 24) {
      await Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          store.putRecord(keyOf(`${hour + index}`), Uint8Array.of(1), now() + 10 * dayMs + index),
        ),
      );
      advance(dayMs);
      await eventually(() => store.countRecords() <= 10 * 24);
    }
    advance(11 * dayMs);
    await eventually(() => store.countRecords() === 0);
    await store.close();
    const files = open(path, { noSubdir: false, encoding: 'binary', keyEncoding: 'binary', maxDbs: 8 });
    const index = files.openDB({ name: 'expiry', encoding: 'binary', keyEncoding: 'binary' });
    assert.equal(index.getKeysCount(), 0);
    await files.close();
  });

  it('keeps records that expire beyond the year 2106', async () => {
    const { now } = steppedClock();
    const store = await openOften(now);
    await store.putRecord(keyOf('far'), Uint8Array.of(1), 9_999_999_999_999_998);
    assert.notEqual(await store.getRecord(keyOf('far')), undefined);
    await store.close();
  });

  it('refuses, as a mistake of the program, a key that is no digest', async () => {
    const { now } = steppedClock();
    const { lines, log } = notebook();
    const backing = await openLmdb({ path: await directory(), now, log });
    await assert.rejects(backing.putRecord('short', Uint8Array.of(1), now() + 1000), RangeError);
    await backing.close();
    assert.deepEqual(lines, []);
  });

  it('answers nothing and harms nobody once closed', async () => {
    const { now } = steppedClock();
    const store = await openOften(now);
    await store.close();
    assert.equal(await store.getRecord(keyOf('a')), undefined);
    assert.equal(store.countRecords(), 0);
    await store.putRecord(keyOf('a'), Uint8Array.of(1), now() + 1000);
    await assert.rejects(store.writeDocument('dial', 'one', 0), { name: 'StoreError' });
  });
});

describe('opening the configured store', () => {
  const environment = { now: Date.now, log: quiet };

  it('opens the memory store', async () => {
    const store = await openStore({ type: 'memory' }, environment);
    assert.equal(store.kind, 'memory');
    await store.close();
  });
});
