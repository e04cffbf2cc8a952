// What a write-ahead file holds, byte by byte: only whole records are read from it, however it was cut off.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeBytes, readPlaces, writePlace, type AheadRecord } from '../../src/store/ahead-record.ts';

const largest = placeBytes - 47;
const record: fc.Arbitrary<AheadRecord> = fc.record({
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  value: fc.uint8Array({ maxLength: largest }),
  version: fc.integer({ min: 0, max: 2 ** 48 }),
});

/** A file of one place for each record. */
function fileOf(records: readonly AheadRecord[]): Buffer {
  const file = Buffer.alloc(records.length * placeBytes);
  for (const [number, one] of records.entries()) {
    writePlace(file.subarray(number * placeBytes, (number + 1) * placeBytes), one);
  }
  return file;
}

const plain = (records: readonly AheadRecord[]) =>
  records.map(({ digest, value, version }) => ({ digest: [...digest], value: [...value], version }));

describe('a place in a write-ahead file', () => {
  it('gives back what was written into it', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        assert.deepEqual(plain(readPlaces(fileOf(records))), plain(records));
      }),
    );
  });

  it('holds nothing before it is written to', () => {
    assert.deepEqual(readPlaces(Buffer.alloc(8 * placeBytes)), []);
  });

  it('holds one of two records or nothing when the later one was written in part over the earlier one', () => {
    fc.assert(
      fc.property(record, record, fc.nat(placeBytes), (earlier, later, written) => {
        const file = fileOf([earlier]);
        fileOf([later]).copy(file, 0, 0, written);
        const [read] = plain(readPlaces(file));
        if (read !== undefined) {
          assert.ok(plain([earlier, later]).some((one) => JSON.stringify(one) === JSON.stringify(read)));
        }
      }),
    );
  });

  it('holds nothing when a bit of it is wrong, or the file was cut short', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.nat(7), (one, at, bit) => {
        const file = fileOf([one]);
        const end = 47 + one.value.length;
        const place = at % end;
        file.writeUInt8(file.readUInt8(place) ^ (1 << bit), place);
        assert.deepEqual(readPlaces(file), []);
        assert.deepEqual(readPlaces(fileOf([one]).subarray(0, place)), []);
      }),
    );
  });

  it('refuses a record that is too large for it, and stays as it was', () => {
    const place = Buffer.alloc(placeBytes);
    const tooLarge = { digest: Buffer.alloc(32), value: Buffer.alloc(largest + 1), version: 1 };
    assert.equal(writePlace(place, tooLarge), undefined);
    assert.ok(place.equals(Buffer.alloc(placeBytes)));
    assert.equal(writePlace(place, { ...tooLarge, value: Buffer.alloc(largest) }), placeBytes);
  });
});
