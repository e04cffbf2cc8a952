// The index by which records leave the embedded store: small, and never short of a record.
import assert from 'node:assert/strict';
import { open } from 'lmdb';
import { openLmdb } from '../../src/store/lmdb.ts';
import { directories, eventually, keyOf, steppedClock } from './kit.ts';

const often = { idleMs: 10, busyMs: 1, batch: 20 };
const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

describe('the index of what leaves the embedded store', () => {
  const directory = directories();

  function lookInto(path: string) {
    const root = open<Uint8Array, Uint8Array>(path, { noSubdir: false, maxDbs: 8, ...binary });
    const index = root.openDB<Uint8Array, Uint8Array>({ name: 'expiry', ...binary });
    return {
      /** How many records each entry names, and the second that it is of. */
      entries() {
        root.resetReadTxn();
        return [...index.getRange()].map(({ key, value }) => ({
          second: Buffer.from(key).readUInt32BE(0),
          records: value.length / 8,
        }));
      },
      close: () => root.close(),
    };
  }

  async function entriesIn(path: string) {
    const behind = lookInto(path);
    const entries = behind.entries();
    await behind.close();
    return entries;
  }

  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const one = Uint8Array.of(1);

  it('has one entry for all that one commit puts and that leaves in the same second', async () => {
    const path = await directory();
    const { now } = steppedClock();
    const store = await openLmdb({ path, now, log: () => undefined });
    // The first commits alone; what comes meanwhile goes into the second.
    await Promise.all(
      numbers(41).map((index) => store.putRecord(keyOf(`${index}`), one, now() + 1000 * (1 + (index % 2)))),
    );
    await store.close();
    const second = now() / 1000;
    assert.deepEqual(await entriesIn(path), [
      { second: second + 1, records: 1 },
      { second: second + 1, records: 20 },
      { second: second + 2, records: 20 },
    ]);
  });

  it('puts no more than a hundred records into one entry', async () => {
    const path = await directory();
    const { now } = steppedClock();
    const store = await openLmdb({ path, now, log: () => undefined });
    await Promise.all(numbers(251).map((index) => store.putRecord(keyOf(`${index}`), one, now() + 1000)));
    await store.close();
    assert.deepEqual(
      (await entriesIn(path)).map(({ records }) => records),
      [1, 100, 100, 50],
    );
  });

  it('lets records leave, in batches, that earlier builds named in a key each', async () => {
    const path = await directory();
    const { now, advance } = steppedClock();
    const options = { path, now, log: () => undefined };
    const store = await openLmdb(options);
    await Promise.all(numbers(90).map((index) => store.putRecord(keyOf(`${index}`), one, now() + 1000)));
    await store.close();
    const root = open<Uint8Array, Uint8Array>(path, { noSubdir: false, maxDbs: 8, ...binary });
    const index = root.openDB<Uint8Array, Uint8Array>({ name: 'expiry', ...binary });
    for (const { key, value } of [...index.getRange()]) {
      const second = Buffer.from(key).subarray(0, 4);
      for (let at = 0; at < value.length; at += 8) {
        await index.put(Buffer.concat([second, value.subarray(at, at + 8)]), Buffer.alloc(0));
      }
      await index.remove(key);
    }
    await root.close();
    assert.equal((await entriesIn(path)).length, 90);
    const again = await openLmdb({ ...options, sweep: often });
    advance(2_000);
    await eventually(() => again.countRecords() === 0);
    await again.close();
  });

  it('lets every record leave, whichever process wrote it, however many commits and replacements there were', async () => {
    const path = await directory();
    const { now, advance } = steppedClock();
    const options = { path, now, log: () => undefined };
    const [first, second] = [await openLmdb(options), await openLmdb({ ...options, sweep: often })];
    for (const round of numbers(5)) {
      await Promise.all(
        numbers(60).flatMap((index) => [
          first.putRecord(keyOf(`${round} ${index}`), one, now() + 1000),
          second.putRecord(keyOf(`${index}`), one, now() + 1000 * (round + 1)),
        ]),
      );
    }
    assert.equal(second.countRecords(), 5 * 60 + 60);
    advance(4_000);
    await eventually(() => second.countRecords() === 60);
    advance(2_000);
    await eventually(() => second.countRecords() === 0);
    const behind = lookInto(path);
    await eventually(() => behind.entries().length === 0);
    await Promise.all([behind.close(), first.close(), second.close()]);
  });
});
