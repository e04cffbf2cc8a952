import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TokenRecord } from '../../src/ledger/ledger.ts';
import { decodeRecord, encodeRecord } from '../../src/ledger/record-bytes.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((value) => Buffer.from(value).length <= 255);
const records: fc.Arbitrary<TokenRecord> = fc.record(
  {
    account: text,
    instanceId: text,
    backend: fc.constantFrom('legacy', 'gateway'),
    expiresAtMs: time,
    revokedAtMs: time,
  },
  { requiredKeys: ['account', 'instanceId', 'backend', 'expiresAtMs'], noNullPrototype: true },
);

const example: TokenRecord = {
  account: 'shop',
  instanceId: 'post-cn-0pp12gl0001',
  backend: 'gateway',
  expiresAtMs: 0x0123456789ab,
};

describe('a record as bytes', () => {
  it('has this form, which later versions must still read', () => {
    assert.equal(
      Buffer.from(encodeRecord(example)).toString('hex'),
      `01010123456789ab0473686f7013${Buffer.from('post-cn-0pp12gl0001').toString('hex')}`,
    );
    const revoked = { ...example, backend: 'legacy', revokedAtMs: 1 } as const;
    assert.match(Buffer.from(encodeRecord(revoked)).toString('hex'), /^01020123456789ab000000000001/);
  });

  it('is read back as it was', () => {
    fc.assert(
      fc.property(records, (record) => {
        const { revokedAtMs, ...rest } = record;
        const expected = revokedAtMs === undefined ? rest : record;
        assert.deepEqual(decodeRecord(encodeRecord(record)), expected);
      }),
    );
  });

  it('is read with bytes behind it that this version does not know', () => {
    fc.assert(
      fc.property(records, fc.uint8Array({ maxLength: 20 }), (record, more) => {
        const bytes = encodeRecord(record);
        assert.deepEqual(decodeRecord(Buffer.concat([bytes, more])), decodeRecord(bytes));
      }),
    );
  });

  it('is none when it is cut short or of another format', () => {
    const bytes = encodeRecord(example);
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(decodeRecord(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(decodeRecord(Buffer.concat([Buffer.of(2), bytes.subarray(1)])), undefined);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeRecord(bytes)));
  });

  it('takes expiries beyond its 48 bits for the last one it knows', () => {
    const record = decodeRecord(encodeRecord({ ...example, expiresAtMs: 9_999_999_999_999_998 }));
    assert.equal(record?.expiresAtMs, 2 ** 48 - 1);
  });

  it('does not cut names short in silence', () => {
    assert.throws(() => encodeRecord({ ...example, account: 'a'.repeat(256) }), RangeError);
  });
});
