// What is kept in the embedded store, byte for byte: a change here makes it impossible to roll the proxy itself back.
import assert from 'node:assert/strict';
import { open } from 'lmdb';
import { hashToken } from '../../src/ledger/ledger.ts';
import { createLedger } from '../../src/ledger/stored.ts';
import { openLmdb } from '../../src/store/lmdb.ts';
import { shelter } from '../../src/store/shelter.ts';
import { directories } from './kit.ts';

/** SHA-256 of `token`. */
const digest = Buffer.from('3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0', 'hex');
const token = hashToken('token');
/** 2100-01-01; the token's own expiry is an hour before that of its record. */
const leavesMs = 4_102_444_800_000;
const expiresAtMs = leavesMs - 3_600_000;
/** Format 1 of the ledger: 1, flags, expiry, [revoked at,] account, instance id. */
const issued = '0101' + '03bb2c8ce980' + '0473686f70' + '09706f73742d636e2d31';
const revoked = '0103' + '03bb2c8ce980' + '0000000003e8' + '0473686f70' + '09706f73742d636e2d31';
/** The second in which it leaves, a mark of the writer, a number; the first 8 bytes of the digest, and of others. */
const leavingAt = 'f4865700';
const leavingKey = leavingAt + 'aaaaaaaa' + '00000000';
const leavingPrefix = '3c469e9d6c5875d3';
/** When it was written (ms), its number within that moment, a mark of the writer. */
const firstEntry = '018bcfe56800' + '000000' + 'aaaaaa';

const record = { account: 'shop', instanceId: 'post-cn-1', backend: 'gateway', expiresAtMs } as const;
const environment = { now: () => leavesMs - 30 * 24 * 3_600_000, log: () => undefined };
const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

function lookInto(path: string) {
  const root = open<Uint8Array, Uint8Array>(path, { noSubdir: false, maxDbs: 8, ...binary });
  return {
    records: root.openDB<Uint8Array, Uint8Array>({ name: 'records', ...binary, useVersions: true }),
    expiry: root.openDB<Uint8Array, Uint8Array>({ name: 'expiry', ...binary }),
    documents: root.openDB<string, string>({ name: 'documents', encoding: 'string', useVersions: true }),
    history: root.openDB<string, Uint8Array>({ name: 'history', encoding: 'string', keyEncoding: 'binary' }),
    about: root.openDB<string, string>({ name: 'about', encoding: 'string' }),
    close: () => root.close(),
  };
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex');

describe('the format of what is kept in the embedded store', () => {
  const directory = directories();
  const openIt = async (path: string) => shelter(await openLmdb({ path, ...environment }), environment);

  it('reads what format 1.0 has written: records, documents, history', async () => {
    const path = await directory();
    const behind = lookInto(path);
    await behind.about.put('format', '1.0');
    await behind.records.put(digest, bytes(revoked), leavesMs);
    await behind.expiry.put(bytes(leavingKey), bytes(leavingPrefix));
    await behind.documents.put('dial', '{"format":1}', 7);
    await behind.history.put(bytes(firstEntry), 'entry');
    await behind.close();
    const store = await openIt(path);
    const ledger = createLedger(store, environment);
    assert.deepEqual(await ledger.find(token), { ...record, revokedAtMs: 1000 });
    assert.deepEqual(await store.readDocument('dial'), { version: 7, text: '{"format":1}' });
    assert.deepEqual(await store.readHistory(5), ['entry']);
    assert.equal(await store.writeDocument('dial', '{}', 7, ['after']), true);
    assert.deepEqual(await store.readHistory(5), ['after', 'entry']);
    await store.close();
  });

  it('writes what format 1.0 can read', async () => {
    const path = await directory();
    const store = await openIt(path);
    const ledger = createLedger(store, environment);
    await ledger.remember(token, record);
    await store.writeDocument('dial', 'text', 0, ['first', 'second']);
    await store.close();
    const behind = lookInto(path);
    assert.equal(behind.about.get('format'), '1.0');
    assert.equal(hex(behind.records.get(digest)), issued);
    assert.equal(behind.records.getEntry(digest)?.version, leavesMs);
    const [leaving, ...others] = [...behind.expiry.getRange()];
    assert.match(hex(leaving?.key) ?? '', new RegExp(`^${leavingAt}.{8}00000000$`));
    assert.equal(hex(leaving?.value), leavingPrefix);
    assert.deepEqual(others, []);
    assert.deepEqual(behind.documents.getEntry('dial'), { value: 'text', version: 1 });
    assert.deepEqual(
      [...behind.history.getRange()].map(({ value }) => value),
      ['first', 'second'],
    );
    assert.ok([...behind.history.getKeys()].every((key) => key.length === 12));
    await behind.close();
  });

  it('marks a revoked record by half a millisecond, which format 1.0 overlooks', async () => {
    const path = await directory();
    const store = await openIt(path);
    await createLedger(store, environment).remember(token, { ...record, revokedAtMs: 1000 });
    await store.close();
    const behind = lookInto(path);
    assert.equal(hex(behind.records.get(digest)), revoked);
    assert.equal(behind.records.getEntry(digest)?.version, leavesMs - 0.5);
    await behind.close();
  });
});
