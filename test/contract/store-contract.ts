// What every store promises. Each implementation runs this suite.
import assert from 'node:assert/strict';
import type { Store } from '../../src/store/store.ts';
import { eventually, keyOf } from '../store/kit.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Moves the store's clock forward, ms. */
  readonly advance: (ms: number) => void;
  readonly now: () => number;
}

/** @param open makes an empty store that sweeps often */
export function storeContract(name: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.store.close());

    const bytes = (text: string) => new Uint8Array(Buffer.from(text));
    const textOf = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();

    it('gives back the bytes of a record', async () => {
      await under.store.putRecord(keyOf('a'), Uint8Array.of(0, 255, 7), under.now() + 1000);
      assert.deepEqual([...((await under.store.getRecord(keyOf('a'))) ?? [])], [0, 255, 7]);
    });

    it('knows nothing of other keys', async () => {
      await under.store.putRecord(keyOf('a'), bytes('x'), under.now() + 1000);
      assert.equal(await under.store.getRecord(keyOf('b')), undefined);
    });

    it('replaces a record, keeping one', async () => {
      await under.store.putRecord(keyOf('a'), bytes('long before'), under.now() + 1000);
      await under.store.putRecord(keyOf('a'), bytes('now'), under.now() + 5000);
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), 'now');
      assert.equal(under.store.countRecords(), 1);
    });

    it('gives the last of several values put at once', async () => {
      const values = Array.from({ length: 20 }, (_, index) => String(index));
      await Promise.all(
        values.map((value) => under.store.putRecord(keyOf('a'), bytes(value), under.now() + 1000)),
      );
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), '19');
    });

    it('keeps a final value though another one comes late, for as long as it lives', async () => {
      await under.store.putRecord(keyOf('a'), bytes('issued'), under.now() + 1000);
      await under.store.putRecord(keyOf('a'), bytes('revoked'), under.now() + 1000, 'final');
      await under.store.putRecord(keyOf('a'), bytes('issued, told late'), under.now() + 9000);
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), 'revoked');
      assert.equal(under.store.countRecords(), 1);
      under.advance(999);
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), 'revoked');
      under.advance(1);
      assert.equal(await under.store.getRecord(keyOf('a')), undefined);
    });

    it('replaces a final value by a final one', async () => {
      await under.store.putRecord(keyOf('a'), bytes('one'), under.now() + 1000, 'final');
      await under.store.putRecord(keyOf('a'), bytes('two'), under.now() + 1000, 'final');
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), 'two');
    });

    it('does not give an expired record', async () => {
      await under.store.putRecord(keyOf('a'), bytes('x'), under.now() + 1000);
      under.advance(999);
      assert.equal(textOf(await under.store.getRecord(keyOf('a'))), 'x');
      under.advance(1);
      assert.equal(await under.store.getRecord(keyOf('a')), undefined);
    });

    it('lets go of expired records by itself, and of no others', async () => {
      for (let index = 0; index < 300; index += 1) {
        await under.store.putRecord(keyOf(`old ${index}`), bytes('x'), under.now() + 1000 + index * 100);
      }
      await under.store.putRecord(keyOf('replaced'), bytes('x'), under.now() + 1000);
      await under.store.putRecord(keyOf('replaced'), bytes('y'), under.now() + 1_000_000);
      await under.store.putRecord(keyOf('long'), bytes('x'), under.now() + 1_000_000);
      under.advance(120_000);
      await eventually(() => under.store.countRecords() === 2);
      assert.equal(textOf(await under.store.getRecord(keyOf('replaced'))), 'y');
      assert.equal(textOf(await under.store.getRecord(keyOf('long'))), 'x');
    });

    it('knows no document before one is written', async () => {
      assert.equal(await under.store.readDocument('dial'), undefined);
    });

    it('keeps a document under versions that rise by one', async () => {
      assert.equal(await under.store.writeDocument('dial', 'one', 0), true);
      assert.deepEqual(await under.store.readDocument('dial'), { version: 1, text: 'one' });
      assert.equal(await under.store.writeDocument('dial', 'two', 1), true);
      assert.deepEqual(await under.store.readDocument('dial'), { version: 2, text: 'two' });
    });

    it('refuses a document whose version is not the one that was read, and its history with it', async () => {
      await under.store.writeDocument('dial', 'one', 0);
      assert.equal(await under.store.writeDocument('dial', 'again', 0, ['h']), false);
      assert.equal(await under.store.writeDocument('dial', 'ahead', 2, ['h']), false);
      assert.equal(await under.store.writeDocument('other', 'ahead', 1, ['h']), false);
      assert.deepEqual(await under.store.readDocument('dial'), { version: 1, text: 'one' });
      assert.equal(await under.store.readDocument('other'), undefined);
      assert.deepEqual(await under.store.readHistory(10), []);
    });

    it('lets one of many writers at once win', async () => {
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, index) => under.store.writeDocument('dial', String(index), 0)),
      );
      assert.equal(won.filter(Boolean).length, 1);
      const winner = won.indexOf(true);
      assert.deepEqual(await under.store.readDocument('dial'), { version: 1, text: String(winner) });
    });

    it('calls back when a document changes, and only for that document', async () => {
      let dial = 0;
      let other = 0;
      const end = under.store.onDocument('dial', () => (dial += 1));
      under.store.onDocument('other', () => (other += 1));
      await under.store.writeDocument('dial', 'one', 0);
      await eventually(() => dial > 0);
      assert.equal(other, 0);
      end();
      const before = dial;
      await under.store.writeDocument('dial', 'two', 1);
      await under.store.writeDocument('other', 'one', 0);
      await eventually(() => other > 0);
      assert.equal(dial, before);
    });

    it('gives the history newest first, no more than asked for', async () => {
      await under.store.writeDocument('dial', '1', 0, ['a', 'b']);
      under.advance(5);
      await under.store.writeDocument('rollout', '1', 0, ['c']);
      assert.deepEqual(await under.store.readHistory(10), ['c', 'b', 'a']);
      assert.deepEqual(await under.store.readHistory(2), ['c', 'b']);
    });

    it('keeps the history in the order of writing though the clock be set back', async () => {
      await under.store.writeDocument('dial', '1', 0, ['first']);
      under.advance(-60_000);
      await under.store.writeDocument('dial', '2', 1, ['second']);
      assert.deepEqual(await under.store.readHistory(10), ['second', 'first']);
    });

    it('keeps the newest thousand entries of the history', async () => {
      for (let version = 0; version < 11; version += 1) {
        const entries = Array.from({ length: 100 }, (_, index) => `${version}.${index}`);
        await under.store.writeDocument('dial', '', version, entries);
      }
      const history = await under.store.readHistory(5000);
      assert.equal(history.length, 1000);
      assert.equal(history[0], '10.99');
      assert.equal(history.at(-1), '1.0');
    });

    it('is well', () => {
      assert.deepEqual(under.store.health(), { up: true, errors: 0, waiting: 0, givenUp: 0 });
    });
  });
}
