import assert from 'node:assert/strict';
import type { Backing } from '../../src/store/backing.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { shelter, type ShelterOptions } from '../../src/store/shelter.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { eventually, keyOf, notebook, steppedClock } from './kit.ts';

/** A store whose reads are answered when and how the test says. */
function asked(answer: () => Promise<StoredRecord | undefined>, { retryMs = 1e6, isFull = false } = {}) {
  const clock = steppedClock();
  const memory = createMemoryStore(clock);
  let reads = 0;
  const backing: Backing = {
    ...memory,
    getRecord: () => {
      reads += 1;
      return answer();
    },
    readHistory: () => answer().then(() => []),
    putRecord: () => (isFull ? Promise.reject(new Error('full')) : answer().then(() => undefined)),
    probe: () => answer().then(() => undefined),
  };
  const store = shelter(backing, { ...clock, log: () => undefined, retryMs, patienceMs: 20 });
  return { store, clock, reads: () => reads };
}

/** A memory store whose work can be made to fail or to hang. */
function fragile(options: Partial<ShelterOptions> = {}) {
  const clock = steppedClock();
  const notes = notebook();
  const memory = createMemoryStore(clock);
  let trouble: 'none' | 'fails' | 'hangs' = 'none';
  let puts = 0;
  async function exposed<Value>(work: () => Promise<Value>): Promise<Value> {
    if (trouble === 'hangs') await new Promise(() => undefined);
    if (trouble === 'fails') throw new Error('no space left on device');
    return work();
  }
  /** What a memory store gives, without the ranks, which it keeps to itself. */
  async function stored(key: string) {
    const value = await memory.getRecord(key);
    return value && ({ value, rank: 'replaceable' } as const);
  }
  const backing: Backing = {
    ...memory,
    putRecord: (key, value, expiresAtMs, rank) => {
      puts += 1;
      return exposed(() => memory.putRecord(key, value, expiresAtMs, rank));
    },
    getRecord: (key) => exposed(() => stored(key)),
    readDocument: (name) => exposed(() => memory.readDocument(name)),
    writeDocument: (...write) => exposed(() => memory.writeDocument(...write)),
    readHistory: (most) => exposed(() => memory.readHistory(most)),
    probe: () => exposed(() => Promise.resolve()),
  };
  const store = shelter(backing, { now: clock.now, log: notes.log, retryMs: 1, patienceMs: 30, ...options });
  const suffer = (kind: typeof trouble) => void (trouble = kind);
  return { store, memory, clock, notes, suffer, puts: () => puts };
}

describe('the shelter of a store', () => {
  const one = Uint8Array.of(1);
  const two = Uint8Array.of(2);

  it('keeps what cannot be written and writes it when that works again', async () => {
    const { store, memory, clock, suffer, notes } = fragile();
    suffer('fails');
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    await store.putRecord(keyOf('b'), one, clock.now() + 1000);
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    assert.equal(memory.countRecords(), 0);
    const { up, problem, waiting } = store.health();
    assert.deepEqual({ up, problem, waiting }, { up: false, problem: 'no space left on device', waiting: 2 });
    suffer('none');
    await eventually(() => store.health().up);
    assert.deepEqual(await memory.getRecord(keyOf('a')), one);
    assert.deepEqual(await memory.getRecord(keyOf('b')), one);
    assert.equal(store.health().waiting, 0);
    assert.ok(store.health().errors > 0);
    assert.match(notes.lines[0] ?? '', /^error: the store cannot be written.*no space left/);
    assert.match(
      notes.lines[1] ?? '',
      /^info: the store can be written again; 2 records were waiting, 0 given up/,
    );
    assert.equal(notes.lines.length, 2);
    await store.close();
  });

  it('does not try the store with each call while it is down', async () => {
    const { store, clock, suffer, puts } = fragile({ retryMs: 1e6 });
    suffer('fails');
    for (let index = 0; index < 50; index += 1) {
      await store.putRecord(keyOf(String(index)), one, clock.now() + 1000);
    }
    assert.equal(puts(), 1);
    await store.close();
  });

  it('answers though the store hangs', async () => {
    const { store, clock, suffer } = fragile();
    suffer('hangs');
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    assert.equal(await store.getRecord(keyOf('b')), undefined);
    await assert.rejects(store.writeDocument('dial', 'x', 0), {
      name: 'StoreError',
      message: /within 30 ms/,
    });
    assert.match(store.health().problem ?? '', /no answer from the store within 30 ms/);
    suffer('none');
    await eventually(() => store.health().waiting === 0);
    await store.close();
  });

  it('answers when a record is secured, and keeps it when it cannot be committed later', async () => {
    const clock = steppedClock();
    const memory = createMemoryStore(clock);
    let isFull = true;
    let fail = (): void => undefined;
    const backing: Backing = {
      ...memory,
      getRecord: () => Promise.resolve(undefined),
      probe: () => (isFull ? Promise.reject(new Error('full')) : Promise.resolve()),
      putRecord: (key, value, expiresAtMs, rank, secured) => {
        if (!isFull) return memory.putRecord(key, value, expiresAtMs, rank);
        secured?.();
        return new Promise((_, reject) => (fail = () => reject(new Error('full'))));
      },
    };
    const store = shelter(backing, { ...clock, log: () => undefined, retryMs: 1 });
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    assert.deepEqual([store.health().up, store.health().waiting], [true, 0]);
    fail();
    await eventually(() => store.health().waiting === 1);
    assert.equal(store.health().up, false);
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    isFull = false;
    await eventually(() => store.health().up);
    assert.deepEqual(await memory.getRecord(keyOf('a')), one);
    await store.close();
  });

  it('keeps the newest of what waits, and counts what it gave up', async () => {
    const { store, clock, suffer, memory } = fragile({ capacity: 3 });
    suffer('fails');
    for (const name of ['1', '2', '3', '4', '5']) await store.putRecord(keyOf(name), one, clock.now() + 1e6);
    assert.deepEqual([store.health().waiting, store.health().givenUp], [3, 2]);
    suffer('none');
    await eventually(() => store.health().up);
    assert.equal(await memory.getRecord(keyOf('2')), undefined);
    assert.deepEqual(await memory.getRecord(keyOf('5')), one);
    await store.close();
  });

  it('lets the last value of a key win', async () => {
    const { store, memory, clock, suffer } = fragile();
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    suffer('fails');
    await Promise.all([
      store.putRecord(keyOf('a'), one, clock.now() + 1000),
      store.putRecord(keyOf('a'), two, clock.now() + 1000),
    ]);
    assert.deepEqual(await store.getRecord(keyOf('a')), two);
    suffer('none');
    await eventually(() => store.health().up);
    assert.deepEqual(await memory.getRecord(keyOf('a')), two);
    await store.close();
  });

  it('does not let a write that fails late take the place of a later one', async () => {
    const clock = steppedClock();
    const memory = createMemoryStore(clock);
    const failing: (() => void)[] = [];
    const backing: Backing = {
      ...memory,
      getRecord: () => Promise.resolve(undefined),
      putRecord: () => new Promise((_, reject) => failing.push(() => reject(new Error('full')))),
      probe: () => Promise.reject(new Error('full')),
    };
    const store = shelter(backing, { ...clock, log: () => undefined, retryMs: 1e6, patienceMs: 1e4 });
    const first = store.putRecord(keyOf('a'), one, clock.now() + 1000);
    const second = store.putRecord(keyOf('a'), two, clock.now() + 1000);
    failing[1]?.();
    await second;
    failing[0]?.();
    await first;
    assert.deepEqual(await store.getRecord(keyOf('a')), two);
    const closing = store.close();
    await eventually(() => failing.length === 3);
    failing[2]?.();
    await closing;
  });

  it('does not let what waited take the place of what came while it was being written', async () => {
    const clock = steppedClock();
    const memory = createMemoryStore(clock);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let isSilent = true;
    let writes = 0;
    const backing: Backing = {
      ...memory,
      getRecord: () => new Promise(() => undefined),
      readHistory: () => Promise.resolve([]),
      putRecord: async (key, value, expiresAtMs, rank) => {
        writes += 1;
        await gate;
        return memory.putRecord(key, value, expiresAtMs, rank);
      },
      probe: () => (isSilent ? new Promise(() => undefined) : Promise.resolve()),
    };
    const store = shelter(backing, { ...clock, log: () => undefined, retryMs: 1, patienceMs: 1_000 });
    const put = (name: string, value: Uint8Array) => store.putRecord(keyOf(name), value, clock.now() + 1000);
    assert.equal(await store.getRecord(keyOf('unanswered')), undefined);
    // More than are written at once, so that the last of them still waits when the first are under way.
    for (let index = 0; index < 300; index += 1) await put(String(index), one);
    assert.equal(writes, 0);
    isSilent = false;
    await eventually(() => writes > 0);
    await put('299', two);
    release();
    await eventually(() => store.health().up && store.health().waiting === 0);
    assert.deepEqual(await memory.getRecord(keyOf('299')), two);
    await store.close();
  });

  it('does not give or write what expired while it waited', async () => {
    const { store, memory, clock, suffer } = fragile();
    suffer('fails');
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    clock.advance(120_000);
    suffer('none');
    await eventually(() => store.health().up);
    assert.equal(memory.countRecords(), 0);
    await store.close();
  });

  it('tells whoever writes a document that it failed, and is up again by itself', async () => {
    const { store, suffer } = fragile();
    suffer('fails');
    await assert.rejects(store.writeDocument('dial', 'x', 0), { name: 'StoreError', message: /no space/ });
    assert.equal(store.health().up, false);
    suffer('none');
    await eventually(() => store.health().up);
    assert.equal(await store.writeDocument('dial', 'x', 0), true);
    await store.close();
  });

  it('takes a record that cannot be read for none, and says that reading fails', async () => {
    const { store, clock, suffer, notes } = fragile();
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    suffer('fails');
    assert.equal(await store.getRecord(keyOf('a')), undefined);
    await assert.rejects(store.readDocument('dial'), { name: 'StoreError' });
    assert.equal(store.health().up, false);
    suffer('none');
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    assert.equal(store.health().up, true);
    assert.deepEqual(notes.lines, [
      'error: the store cannot be read: no space left on device',
      'info: the store can be read again',
    ]);
    await store.close();
  });

  it('asks a store that did not answer in time no more, until it answers a probe', async () => {
    let hangs = true;
    const answer = () => (hangs ? new Promise<undefined>(() => undefined) : Promise.resolve(undefined));
    const { store, clock, reads } = asked(answer, { retryMs: 1 });
    assert.equal(await store.getRecord(keyOf('a')), undefined);
    for (let index = 0; index < 50; index += 1) assert.equal(await store.getRecord(keyOf('a')), undefined);
    await assert.rejects(store.readDocument('dial'), { message: /no answer from the store within 20 ms/ });
    await assert.rejects(store.writeDocument('dial', 'x', 0), { message: /no answer from the store/ });
    await store.putRecord(keyOf('b'), one, clock.now() + 1000);
    assert.equal(reads(), 1);
    assert.deepEqual([store.health().up, store.health().waiting], [false, 1]);
    hangs = false;
    await eventually(() => store.health().up);
    assert.equal(store.health().waiting, 0);
    assert.equal(await store.getRecord(keyOf('a')), undefined);
    assert.equal(reads(), 2);
    await store.close();
  });

  it('goes on asking a store that answers with an error', async () => {
    const { store, reads } = asked(() => Promise.reject(new Error('damaged page')));
    for (let index = 0; index < 5; index += 1) assert.equal(await store.getRecord(keyOf('a')), undefined);
    assert.equal(reads(), 5);
    await store.close();
  });

  it('gives what waits, unless another process has written what stays', async () => {
    let stored: StoredRecord | undefined;
    const { store, clock } = asked(() => Promise.resolve(stored), { isFull: true });
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    stored = { value: two, rank: 'replaceable' };
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    stored = { value: two, rank: 'final' };
    assert.deepEqual(await store.getRecord(keyOf('a')), two);
    await store.putRecord(keyOf('a'), one, clock.now() + 1000, 'final');
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    await store.putRecord(keyOf('a'), two, clock.now() + 1000);
    assert.deepEqual(await store.getRecord(keyOf('a')), one);
    await store.close();
  });

  it('finds by itself that reading works again', async () => {
    const { store, suffer, notes } = fragile();
    suffer('fails');
    await assert.rejects(store.readDocument('dial'));
    suffer('none');
    await eventually(() => store.health().up);
    assert.equal(notes.lines.at(-1), 'info: the store can be read again');
    await store.close();
  });

  it('is down when the store knows that it is, though nothing was asked of it', async () => {
    const memory = createMemoryStore(steppedClock());
    let problem: string | undefined = 'nobody listens there';
    const backing: Backing = {
      ...memory,
      getRecord: () => Promise.resolve(undefined),
      probe: () => Promise.resolve(),
      problem: () => problem,
    };
    const store = shelter(backing, { now: Date.now, log: () => undefined });
    const none = { errors: 0, waiting: 0, givenUp: 0 };
    assert.deepEqual(store.health(), { up: false, problem, ...none });
    problem = undefined;
    assert.deepEqual(store.health(), { up: true, ...none });
    await store.close();
  });

  it('writes what waits before it closes', async () => {
    const { store, memory, clock, suffer } = fragile({ retryMs: 1e6 });
    suffer('fails');
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    suffer('none');
    await store.close();
    assert.deepEqual(await memory.getRecord(keyOf('a')), one);
  });

  it('says how much is lost when it closes and the store still fails', async () => {
    const { store, clock, suffer, notes } = fragile({ retryMs: 1e6 });
    suffer('fails');
    await store.putRecord(keyOf('a'), one, clock.now() + 1000);
    await store.close();
    assert.match(notes.lines.at(-1) ?? '', /^error: 1 records are lost/);
  });
});
