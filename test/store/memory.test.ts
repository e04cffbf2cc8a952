import assert from 'node:assert/strict';
import { createMemoryStore } from '../../src/store/memory.ts';
import { storeContract } from '../contract/store-contract.ts';
import { keyOf, steppedClock } from './kit.ts';

storeContract('memory', () => {
  const clock = steppedClock();
  return { ...clock, store: createMemoryStore(clock) };
});

describe('the memory store', () => {
  const value = Uint8Array.of(1);

  it('drops the oldest records beyond its capacity, and says so', async () => {
    const { now } = steppedClock();
    const store = createMemoryStore({ now, capacity: 3 });
    for (const name of ['1', '2', '3', '4', '5']) await store.putRecord(keyOf(name), value, now() + 1e9);
    assert.equal(store.countRecords(), 3);
    assert.equal(await store.getRecord(keyOf('2')), undefined);
    assert.notEqual(await store.getRecord(keyOf('3')), undefined);
    assert.equal(store.health().givenUp, 2);
  });

  it('stays bounded over a year of steady load', async () => {
    const { now, advance } = steppedClock();
    const store = createMemoryStore({ now });
    const dayMs = 86_400_000;
    let most = 0;
    for (let hour = 0; hour < 365 * 24; hour += 1) {
      await store.putRecord(keyOf(`token ${hour}`), value, now() + 30 * dayMs);
      advance(3_600_000);
      most = Math.max(most, store.countRecords());
    }
    assert.ok(most <= 30 * 24 + 2, `${most} records were kept`);
    advance(31 * dayMs);
    assert.equal(store.countRecords(), 0);
  });

  it('keeps nothing of a record that is past when it arrives', async () => {
    const { now } = steppedClock();
    const store = createMemoryStore({ now });
    await store.putRecord(keyOf('past'), value, now());
    assert.equal(store.countRecords(), 0);
  });
});
