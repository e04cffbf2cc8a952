import assert from 'node:assert/strict';
import { hashToken } from '../../src/ledger/ledger.ts';
import { createLedger } from '../../src/ledger/stored.ts';
import { openLmdb } from '../../src/store/lmdb.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { shelter } from '../../src/store/shelter.ts';
import { ledgerContract } from '../contract/ledger-contract.ts';
import { directories, steppedClock } from '../store/kit.ts';

describe('the stored ledger', () => {
  const directory = directories();

  ledgerContract('memory', () => {
    const clock = steppedClock();
    const store = createMemoryStore(clock);
    return { ...clock, ledger: createLedger(store, clock), close: () => store.close() };
  });

  ledgerContract('lmdb', async () => {
    const clock = steppedClock();
    const options = { now: clock.now, log: () => undefined, sweep: { idleMs: 10, busyMs: 1 } };
    const store = shelter(await openLmdb({ ...options, path: await directory() }), options);
    return { ...clock, ledger: createLedger(store, clock), close: () => store.close() };
  });

  it('takes a record that it cannot read for none, and counts it', async () => {
    const clock = steppedClock();
    const store = createMemoryStore(clock);
    const ledger = createLedger(store, clock);
    await store.putRecord(hashToken('a'), Uint8Array.of(9, 9, 9), clock.now() + 1000);
    assert.equal(await ledger.find(hashToken('a')), undefined);
    assert.equal(ledger.unreadable(), 1);
    assert.equal(await ledger.isGood(hashToken('a')), false);
    assert.equal(ledger.unreadable(), 2);
  });
});

describe('the hash of a token', () => {
  it('is its SHA-256 and shows nothing of the token', () => {
    assert.equal(hashToken('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
