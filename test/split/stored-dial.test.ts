import assert from 'node:assert/strict';
import fc from 'fast-check';
import { initialDial, turn, type DialOrder, type DialState } from '../../src/split/dial-state.ts';
import { openDial, type DialStore } from '../../src/split/stored-dial.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { eventually, notebook } from '../store/kit.ts';
import { moodyStore, orders } from './dial-kit.ts';

const alice = { by: 'alice' };
const weight = (gatewayPercent: number): DialOrder => ({ kind: 'weight', gatewayPercent });
const file = (gatewayPercent: number): DialOrder => ({ kind: 'file', gatewayPercent });
const allBack: DialOrder = { kind: 'all-back' };
const isStoreError = { name: 'StoreError' };

function opening(store: DialStore, filePercent?: number) {
  const notes = notebook();
  const said = { filePercent: filePercent ?? 0, filePercentIsSet: filePercent !== undefined };
  let clock = 1_700_000_000_000;
  const options = { ...said, now: () => clock++, log: notes.log, retryMs: 2 };
  return openDial(store, options).then((dial) => ({ dial, lines: notes.lines }));
}

const memory = () => createMemoryStore({ now: Date.now });
const percentOf = (dial: { state: () => DialState }) => dial.state().gatewayPercent;

describe('the dial', () => {
  it('begins with the weight of the configuration, without an entry in the history', async () => {
    const { dial } = await opening(memory(), 25);
    assert.deepEqual(dial.state(), initialDial(25, 25));
    assert.deepEqual(await dial.history(10), []);
    await dial.close();
  });

  it('is where it was left when it is opened again and the file stayed the same', async () => {
    const store = memory();
    const first = (await opening(store, 25)).dial;
    await first.order(weight(70), alice);
    await first.order({ kind: 'account', account: 'shop', gatewayPercent: 5 }, alice);
    const state = first.state();
    await first.close();
    const { dial } = await opening(store, 25);
    assert.deepEqual(dial.state(), state);
    await dial.close();
  });

  it('follows a file that says something else when it is opened again', async () => {
    const store = memory();
    const first = (await opening(store, 25)).dial;
    await first.order(weight(70), alice);
    await first.close();
    const { dial } = await opening(store, 30);
    assert.equal(percentOf(dial), 30);
    const [change] = await dial.history(1);
    assert.deepEqual([change?.by, change?.kind, change?.from, change?.to], ['file', 'file', 70, 30]);
    await dial.close();
  });

  it('does not take a default for an order', async () => {
    const store = memory();
    const first = (await opening(store, 25)).dial;
    await first.order(weight(70), alice);
    await first.close();
    const { dial } = await opening(store);
    assert.equal(percentOf(dial), 70);
    await dial.close();
  });

  it('follows a reloaded file when this file changed, not when another replica did', async () => {
    const store = memory();
    const here = (await opening(store, 10)).dial;
    const there = (await opening(store, 10)).dial;
    await there.order(file(50), { by: 'file' });
    await eventually(() => percentOf(here) === 50);
    await here.order(file(10), { by: 'file' });
    assert.equal(percentOf(here), 50);
    await here.order(file(50), { by: 'file' });
    assert.equal(here.state().version, there.state().version);
    await here.order(file(60), { by: 'file' });
    assert.equal(percentOf(here), 60);
    await here.close();
    await there.close();
  });

  it('tells of each change once, and not of orders that change nothing', async () => {
    const { dial } = await opening(memory(), 0);
    const seen: number[] = [];
    dial.onChange(({ gatewayPercent }) => seen.push(gatewayPercent));
    await dial.order(weight(10), alice);
    await dial.order(weight(10), alice);
    await dial.order(weight(5), alice);
    await dial.close();
    assert.deepEqual(seen, [10, 5]);
  });

  it('has every change in the history, newest first, with when, who, why, from and to', async () => {
    const { dial } = await opening(memory(), 0);
    await dial.order(weight(10), { by: 'alice', reason: 'first step' });
    await dial.order({ kind: 'account', account: 'shop', gatewayPercent: 50 }, alice);
    await dial.order(allBack, { by: 'rollout', reason: 'faults' });
    const history = await dial.history(10);
    assert.deepEqual(
      history.map(({ atMs: _, ...change }) => change),
      [
        { by: 'rollout', reason: 'faults', kind: 'all-back', from: 10, to: 0, version: 4 },
        { by: 'alice', kind: 'account', account: 'shop', from: null, to: 50, version: 3 },
        { by: 'alice', reason: 'first step', kind: 'weight', from: 0, to: 10, version: 2 },
      ],
    );
    assert.ok(history.every(({ atMs }, index) => index === 0 || atMs < (history[index - 1]?.atMs ?? 0)));
    assert.equal((await dial.history(2)).length, 2);
    await dial.close();
  });

  it('overlooks what others wrote into the history', async () => {
    const store = memory();
    await store.writeDocument('rollout', '', 0, [
      '{"kind":"started"}',
      'no JSON',
      '7',
      '{"kind":"toString"}',
    ]);
    const { dial } = await opening(store, 0);
    await dial.order(weight(10), alice);
    assert.equal((await dial.history(10)).length, 1);
    await dial.close();
  });

  it('comes to the same state as the orders one by one, however many are given at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(orders, { maxLength: 12 }), async (given) => {
        const { dial } = await opening(memory(), 0);
        // An order of the file that this process's file gave before is none.
        const relevant = given.filter(({ kind }) => kind !== 'file');
        await Promise.all(relevant.map((order) => dial.order(order, alice)));
        const { version: _, ...expected } = relevant.reduce(turn, initialDial(0, 0));
        const { version: __, ...state } = dial.state();
        assert.deepEqual(state, expected);
        await dial.close();
      }),
      { numRuns: 300 },
    );
  });
});

describe('two dials on one store', () => {
  it('keep every order of both, each under its own version', async () => {
    const store = memory();
    const one = (await opening(store, 0)).dial;
    const two = (await opening(store, 0)).dial;
    const account = (name: string, gatewayPercent: number): DialOrder => {
      return { kind: 'account', account: name, gatewayPercent };
    };
    const given = Array.from({ length: 10 }, (_, index) => index);
    await Promise.all([
      ...given.map((index) => one.order(account(`one ${index}`, index + 1), alice)),
      ...given.map((index) => two.order(account(`two ${index}`, index + 1), alice)),
    ]);
    await eventually(() => one.state().version === two.state().version);
    assert.deepEqual(one.state(), two.state());
    assert.equal(Object.keys(one.state().accounts).length, 20);
    assert.equal(one.state().version, 21);
    assert.deepEqual(
      (await one.history(50)).map(({ version }) => version),
      Array.from({ length: 20 }, (_, index) => 21 - index),
    );
    await one.close();
    await two.close();
  });

  it('follow each other', async () => {
    const store = memory();
    const one = (await opening(store, 0)).dial;
    const two = (await opening(store, 0)).dial;
    const heard: number[] = [];
    two.onChange(({ gatewayPercent }) => heard.push(gatewayPercent));
    await one.order(weight(40), alice);
    await eventually(() => percentOf(two) === 40);
    await one.order(allBack, alice);
    await eventually(() => two.state().forced);
    assert.deepEqual(heard, [40, 0]);
    await one.close();
    await two.close();
  });
});

describe('the dial on a store that fails', () => {
  it('goes back at once though nothing can be kept, and keeps it later', async () => {
    for (const mood of ['full', 'gone'] as const) {
      const { store, memory: behind, be } = moodyStore();
      const { dial, lines } = await opening(store, 60);
      be(mood);
      const ordered = dial.order(allBack, alice);
      assert.deepEqual([percentOf(dial), dial.state().forced], [0, true]);
      await ordered;
      assert.notEqual(dial.problem(), undefined);
      assert.match(lines[0] ?? '', /^error: the dial in force is not kept: (no space|connection refused)/);
      be('well');
      await eventually(() => dial.problem() === undefined);
      assert.equal(lines.at(-1), 'info: the dial is kept again');
      const again = (await opening(behind, 60)).dial;
      assert.equal(again.state().forced, true);
      assert.equal((await again.history(1))[0]?.by, 'alice');
      await dial.close();
      await again.close();
    }
  });

  it('lowers the weight, in steps, and shows them in the history before they are kept', async () => {
    const { store, be } = moodyStore();
    const { dial } = await opening(store, 60);
    be('full');
    await dial.order(weight(30), alice);
    await dial.order(weight(10), alice);
    assert.equal(percentOf(dial), 10);
    const steps = async () => (await dial.history(10)).map(({ from, to, version }) => [from, to, version]);
    const expected = [
      [30, 10, 3],
      [60, 30, 2],
    ];
    assert.deepEqual(await steps(), expected);
    be('well');
    await eventually(() => dial.problem() === undefined);
    assert.deepEqual(await steps(), expected);
    await dial.close();
  });

  it('refuses to raise, and changes nothing then', async () => {
    const { store, be } = moodyStore();
    const { dial } = await opening(store, 60);
    be('full');
    const before = dial.state();
    await assert.rejects(dial.order(weight(70), alice), isStoreError);
    await assert.rejects(
      dial.order({ kind: 'account', account: 'shop', gatewayPercent: 1 }, alice),
      isStoreError,
    );
    assert.equal(dial.state(), before);
    be('well');
    await dial.order(weight(70), alice);
    assert.equal(percentOf(dial), 70);
    assert.equal((await dial.history(10)).length, 1);
    await dial.close();
  });

  it('does not raise past an order that is not kept yet', async () => {
    const { store, be } = moodyStore();
    const { dial } = await opening(store, 60);
    be('full');
    await dial.order(allBack, alice);
    await assert.rejects(dial.order(weight(70), alice), isStoreError);
    assert.equal(dial.state().forced, true);
    be('well');
    await dial.order(weight(70), alice);
    assert.deepEqual([percentOf(dial), dial.state().forced], [70, false]);
    assert.deepEqual(
      (await dial.history(10)).map(({ kind }) => kind),
      ['weight', 'all-back'],
    );
    await dial.close();
  });

  it('keeps an order given again and again once', async () => {
    const { store, be } = moodyStore();
    const { dial } = await opening(store, 60);
    be('full');
    for (let index = 0; index < 20; index += 1) await dial.order(allBack, alice);
    be('well');
    await eventually(() => dial.problem() === undefined);
    assert.equal((await dial.history(50)).length, 1);
    await dial.close();
  });

  it('begins with the weight of the configuration when nothing can be read, and goes on from what is kept', async () => {
    const { store, memory: behind, be } = moodyStore();
    const before = (await opening(behind, 60)).dial;
    await before.order(weight(5), alice);
    await before.close();
    be('gone');
    const { dial } = await opening(store, 60);
    assert.equal(percentOf(dial), 60);
    assert.notEqual(dial.problem(), undefined);
    be('well');
    await eventually(() => percentOf(dial) === 5);
    await dial.close();
  });

  it('says what is lost when it closes', async () => {
    const { store, be } = moodyStore();
    const { dial, lines } = await opening(store, 60);
    be('full');
    await dial.order(allBack, alice);
    await dial.close();
    assert.match(lines.at(-1) ?? '', /^error: the dial in force is lost with this process: no space/);
  });

  it('keeps when it closes what could not be kept before', async () => {
    const { store, memory: behind, be } = moodyStore();
    const { dial } = await opening(store, 60);
    be('full');
    await dial.order(allBack, alice);
    be('well');
    await dial.close();
    assert.equal((await opening(behind, 60)).dial.state().forced, true);
  });
});

describe('a document that the dial cannot understand', () => {
  const kept = { format: 1, gatewayPercent: 5, accounts: {}, forced: false, filePercent: 60 };
  const damaged = [
    'no JSON',
    'null',
    '[]',
    JSON.stringify({ ...kept, format: 2 }),
    JSON.stringify({ ...kept, gatewayPercent: 101 }),
    JSON.stringify({ ...kept, gatewayPercent: '5' }),
    JSON.stringify({ ...kept, accounts: { shop: null } }),
    JSON.stringify({ ...kept, accounts: [] }),
    JSON.stringify({ ...kept, forced: 1 }),
    JSON.stringify({ ...kept, filePercent: undefined }),
  ];
  for (const text of damaged) {
    it(`lets it begin with the weight of the configuration: ${text}`, async () => {
      const store = memory();
      await store.writeDocument('dial', text, 0);
      const { dial, lines } = await opening(store, 60);
      assert.equal(percentOf(dial), 60);
      assert.match(lines[0] ?? '', /^error: the dial as kept cannot be understood; going on with 60 %/);
      await dial.order(weight(7), alice);
      await dial.close();
      const again = await opening(store, 60);
      assert.equal(percentOf(again.dial), 7);
      assert.deepEqual(again.lines, []);
      await again.dial.close();
    });
  }

  it('changes nothing of a dial that runs', async () => {
    const store = memory();
    const { dial, lines } = await opening(store, 60);
    await dial.order(weight(5), alice);
    await store.writeDocument('dial', 'no JSON', dial.state().version);
    await eventually(() => lines.length > 0);
    assert.equal(percentOf(dial), 5);
    await dial.order(weight(6), alice);
    assert.equal(percentOf(dial), 6);
    await dial.close();
  });

  it('is not one that a later minor version added to', async () => {
    const store = memory();
    await store.writeDocument('dial', JSON.stringify({ ...kept, more: { of: 'it' } }), 0);
    const { dial } = await opening(store, 60);
    assert.equal(percentOf(dial), 5);
    await dial.close();
  });
});
