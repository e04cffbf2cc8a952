// Budgets of a fleet as one replica sees them, with books that do what the test says, on virtual time.
import assert from 'node:assert/strict';
import type { Ask, Decision } from '../../src/quota/budgets.ts';
import { createFleetBudgets } from '../../src/quota/fleet-budgets.ts';
import type { QuotaMode } from '../../src/quota/quota.ts';
import type { BooksAnswer, BooksCall, SharedBooks } from '../../src/store/shared-books.ts';
import { StoreError } from '../../src/store/store.ts';
import { settled, Simulation } from './simulation.ts';

const shop: Ask = { account: 'shop', action: 'apply', accountLimit: 90, addressLimit: 270 };
const other: Ask = { ...shop, account: 'other' };
const times = (calls: number, ask = shop): Ask[] => Array<Ask>(calls).fill(ask);
const room = { accountMs: 0, addressMs: 0 };

/** Books that grant everything unless told otherwise. */
class FakeBooks implements SharedBooks {
  readonly rules = { windowMs: 1_000, heartbeatMs: 200, apartAfterMs: 2_000 };
  readonly calls: BooksCall[] = [];
  behaviour: 'answers' | 'fails' | 'waits' = 'answers';
  /** What answers say beside the usual. */
  says: Partial<BooksAnswer> = {};
  used = 0;
  readonly #waiting: (() => void)[] = [];

  async settle(call: BooksCall): Promise<BooksAnswer> {
    this.calls.push(call);
    if (this.behaviour === 'waits') await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.behaviour === 'fails') throw new StoreError('no answer');
    return {
      atMs: 1e12 + this.calls.length,
      waits: call.asks.map(() => room),
      used: call.budgets.map(() => this.used),
      fleet: { live: 1, parts: 1 },
      lost: false,
      ...this.says,
    };
  }

  /** Answers what waits. */
  answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  read(names: readonly string[]): Promise<readonly number[]> {
    return this.behaviour === 'fails'
      ? Promise.reject(new StoreError('no answer'))
      : Promise.resolve(names.slice(0, 7).map((_, place) => place % 2));
  }
}

function open({
  replicas = 1,
  behaviour = 'answers',
}: Partial<Pick<FakeBooks, 'behaviour'>> & { replicas?: number } = {}) {
  const simulation = new Simulation();
  const books = new FakeBooks();
  books.behaviour = behaviour;
  const modes: QuotaMode[] = [];
  const budgets = createFleetBudgets({
    books,
    replicas: () => replicas,
    onMode: (mode) => modes.push(mode),
    monotonicMs: simulation.now,
    schedule: simulation.schedule,
  });
  return { simulation, books, modes, budgets, last: () => books.calls.at(-1) };
}

async function opened(options: Parameters<typeof open>[0] = {}) {
  const world = open(options);
  await world.simulation.pass(1);
  return world;
}

const granted = (decision: Decision) => decision.granted.filter(Boolean).length;
/** What a call says of the account's budget. */
const ofShop = (call: BooksCall | undefined) =>
  call?.budgets.find(({ name }) => name === 'account:apply:shop');

describe('the budgets of a fleet', () => {
  it('ask for the permits of one turn in one call, each of two budgets', async () => {
    const { budgets, books, last } = await opened();
    const before = books.calls.length;
    books.says = { waits: [room, { accountMs: 7, addressMs: 0 }, room, { accountMs: 0, addressMs: 9 }] };
    const decisions = await Promise.all([budgets.take([shop, other]), budgets.take([shop, shop])]);
    assert.equal(books.calls.length, before + 1);
    assert.deepEqual(decisions, [
      { granted: [true, false], retryInMs: 7, accountRetryInMs: [0, 7] },
      { granted: [true, false], retryInMs: 9, accountRetryInMs: [0, 0] },
    ]);
    const call = last();
    assert.deepEqual(
      call?.budgets.map(({ name }) => name),
      ['account:apply:shop', 'address:apply', 'account:apply:other'],
    );
    assert.deepEqual(
      call.asks.map(({ account, address }) => [account, address]),
      [
        [0, 1],
        [2, 1],
        [0, 1],
        [0, 1],
      ],
    );
  });

  it('have one call under way at a time, and ask for what came meanwhile with the next', async () => {
    const { budgets, books } = await opened();
    const before = books.calls.length;
    books.behaviour = 'waits';
    const first = budgets.take([shop]);
    await settled();
    const next = [budgets.take([shop]), budgets.take(times(2, other))];
    await settled();
    assert.equal(books.calls.length, before + 1);
    books.behaviour = 'answers';
    books.answer();
    assert.equal(granted(await first), 1);
    assert.deepEqual((await Promise.all(next)).map(granted), [1, 2]);
    assert.equal(books.calls.length, before + 2);
  });

  it('ask for a hundred permits at a time at the most, and say of the rest to ask again', async () => {
    const { budgets, books } = await opened();
    const before = books.calls.length;
    const [small, large, late] = await Promise.all([
      budgets.take(times(1)),
      budgets.take(times(130)),
      budgets.take(times(70)),
    ]);
    assert.deepEqual(
      books.calls.slice(before).map(({ asks }) => asks.length),
      [1, 100, 70],
    );
    assert.deepEqual([small, large, late].map(granted), [1, 100, 70]);
    assert.equal(large.retryInMs, 1);
  });

  it('keep no more than a thousand takes waiting', async () => {
    const { budgets, books } = await opened();
    books.behaviour = 'waits';
    const takes = Array.from({ length: 1_200 }, () => budgets.take([shop]));
    const refused = await Promise.all(takes.slice(1_000));
    assert.equal(refused.filter((decision) => granted(decision) === 0).length, 200);
    books.behaviour = 'answers';
    await settled();
    books.answer();
    assert.equal((await Promise.all(takes)).filter((decision) => granted(decision) === 1).length, 1_000);
  });

  it('tell soon what was sent and what is not used, without being asked', async () => {
    const { budgets, books, simulation, last } = await opened();
    await budgets.take(times(3));
    await simulation.pass(10);
    const before = books.calls.length;
    budgets.sent(shop);
    await simulation.pass(10);
    budgets.unused(shop);
    assert.equal(books.calls.length, before);
    await simulation.pass(20);
    assert.equal(books.calls.length, before + 1);
    const inCall = last()?.number;
    assert.deepEqual(ofShop(last()), {
      name: 'account:apply:shop',
      held: 1,
      sends: [{ inCall, ageMs: 25 }],
    });
    await simulation.pass(30);
    assert.equal(books.calls.length, before + 1, 'told once');
  });

  it('let the books hear of them all the time', async () => {
    const { books, simulation, last } = await opened();
    const before = books.calls.length;
    await simulation.pass(10_000);
    const calls = books.calls.length - before;
    assert.ok(calls >= 40 && calls <= 60, String(calls));
    assert.deepEqual(last()?.budgets, []);
    assert.deepEqual(last()?.told, { atMs: 1e12 + books.calls.length - 1, elapsedMs: 200 });
  });

  it('tell it again until it is answered, as what was first told with an earlier call', async () => {
    const { budgets, books, simulation, last } = await opened();
    await budgets.take(times(2));
    budgets.sent(shop);
    books.behaviour = 'fails';
    await simulation.pass(26);
    const inCall = last()?.number ?? 0;
    budgets.sent(shop);
    books.behaviour = 'answers';
    await simulation.pass(60);
    const again = books.calls.find(({ number }) => number === inCall + 1);
    assert.deepEqual(ofShop(again), {
      name: 'account:apply:shop',
      held: 0,
      sends: [
        { inCall, ageMs: 75 },
        { inCall: inCall + 1, ageMs: 49 },
      ],
    });
    await simulation.pass(1_000);
    assert.deepEqual(last()?.budgets, []);
  });

  it('say what they really hold when the answer to an ask was lost', async () => {
    const { budgets, books, simulation, last } = await opened();
    await budgets.take([other]);
    books.behaviour = 'fails';
    assert.equal(granted(await budgets.take(times(5))), 0);
    books.behaviour = 'answers';
    await simulation.pass(60);
    const told = (last()?.budgets ?? []).map(({ name, held }) => [name, held]);
    assert.deepEqual(
      new Map(told as [string, number][]),
      new Map([
        ['account:apply:shop', 0],
        ['account:apply:other', 1],
        ['address:apply', 1],
      ]),
    );
  });

  it('say all that they hold when the books have lost it', async () => {
    const { budgets, books, simulation, last } = await opened();
    await budgets.take([shop, shop, other]);
    await simulation.pass(1_000);
    books.says = { lost: true };
    await simulation.pass(200);
    books.says = {};
    await simulation.pass(30);
    assert.deepEqual((last()?.budgets ?? []).map(({ name, held }) => `${name} ${held}`).sort(), [
      'account:apply:other 1',
      'account:apply:shop 2',
      'address:apply 3',
    ]);
  });

  describe('have a mode:', () => {
    it('shared as soon as the books answer', async () => {
      const { budgets, modes, simulation } = open();
      assert.equal(budgets.mode(), 'pause');
      await simulation.pass(1);
      assert.equal(budgets.mode(), 'shared');
      assert.deepEqual(modes, ['shared']);
    });

    it('still shared after a call that fails, though nothing is granted until one is answered', async () => {
      const { budgets, books, modes, simulation } = await opened();
      books.behaviour = 'fails';
      assert.equal(granted(await budgets.take([shop])), 0);
      assert.deepEqual(await budgets.take([shop]), { granted: [false], retryInMs: 50 });
      books.behaviour = 'answers';
      await simulation.pass(60);
      assert.equal(granted(await budgets.take([shop])), 1);
      assert.deepEqual(modes, ['shared']);
    });

    it('pause while they do not answer, and after two seconds share', async () => {
      const { budgets, books, modes, simulation } = await opened({ replicas: 3 });
      books.behaviour = 'fails';
      await simulation.pass(600);
      assert.equal(budgets.mode(), 'pause');
      assert.equal(granted(await budgets.take([shop])), 0);
      await simulation.pass(1_300);
      assert.equal(budgets.mode(), 'pause');
      await simulation.pass(300);
      assert.equal(budgets.mode(), 'share');
      assert.equal(granted(await budgets.take(times(10))), 4, 'a ninth of 30');
      assert.deepEqual(modes, ['shared', 'pause', 'share']);
    });

    it('share too when they never answered', async () => {
      const { budgets, modes, simulation } = open({ behaviour: 'fails' });
      await simulation.pass(1_900);
      assert.equal(granted(await budgets.take([shop])), 0);
      await simulation.pass(200);
      assert.equal(granted(await budgets.take([shop])), 1);
      assert.deepEqual(modes, ['share']);
    });

    it('pause for a second when they answer again, then shared', async () => {
      const { budgets, books, modes, simulation } = await opened();
      books.behaviour = 'fails';
      await simulation.pass(2_300);
      assert.equal(granted(await budgets.take([shop])), 1);
      books.behaviour = 'answers';
      await simulation.pass(60);
      assert.equal(budgets.mode(), 'pause');
      assert.equal(granted(await budgets.take([shop])), 0);
      await simulation.pass(900);
      assert.equal(granted(await budgets.take([shop])), 0);
      await simulation.pass(250);
      assert.equal(granted(await budgets.take([shop])), 1);
      assert.deepEqual(modes, ['shared', 'pause', 'share', 'pause', 'shared']);
    });

    it('pause without an end of its own when they fall silent in it again', async () => {
      const { budgets, books, simulation } = await opened();
      books.behaviour = 'fails';
      await simulation.pass(2_300);
      books.behaviour = 'answers';
      await simulation.pass(60);
      books.behaviour = 'fails';
      await simulation.pass(1_500);
      assert.equal(budgets.mode(), 'pause');
      await simulation.pass(700);
      assert.equal(budgets.mode(), 'share');
    });
  });

  it('use the part of the largest fleet that they were told of, if that is more than configured', async () => {
    const { budgets, books, simulation } = await opened({ replicas: 2 });
    books.says = { fleet: { live: 9, parts: 9 } };
    await simulation.pass(300);
    books.says = { fleet: { live: 3, parts: 3 } };
    await simulation.pass(300);
    assert.deepEqual(budgets.fleet(), { live: 3, parts: 3 });
    books.behaviour = 'fails';
    await simulation.pass(3_000);
    let calls = 0;
    for (let passed = 0; passed < 1_000; passed += 50) {
      calls += granted(await budgets.take(times(20)));
      await simulation.pass(50);
    }
    assert.equal(calls, 10, 'a ninth of 90');
  });

  it('count what is held and was sent before a change of mode after it', async () => {
    const { budgets, books, simulation } = await opened({ replicas: 9 });
    assert.equal(granted(await budgets.take(times(12))), 12);
    books.behaviour = 'fails';
    await simulation.pass(2_500);
    assert.equal(budgets.mode(), 'share');
    assert.equal(granted(await budgets.take([shop])), 0, '12 held are more than 10');
    for (let call = 0; call < 3; call += 1) budgets.unused(shop);
    assert.equal(granted(await budgets.take([shop, shop])), 1);
    for (let call = 0; call < 5; call += 1) budgets.sent(shop);
    await simulation.pass(500);
    assert.equal(granted(await budgets.take([shop])), 0);
    await simulation.pass(600);
    assert.equal(granted(await budgets.take([shop])), 1);
  });

  it('tell the books, when they are back, what was granted without them and not sent yet', async () => {
    const { budgets, books, simulation } = await opened();
    books.behaviour = 'fails';
    await simulation.pass(2_300);
    await budgets.take(times(2));
    const before = books.calls.length;
    books.behaviour = 'answers';
    await simulation.pass(60);
    assert.equal(ofShop(books.calls[before])?.held, 2);
  });

  it('keep nothing of what is over while the books are gone', async () => {
    const { budgets, books, simulation, last } = await opened();
    books.behaviour = 'fails';
    await simulation.pass(2_300);
    for (let call = 0; call < 500; call += 1) {
      const account = `account${call}`;
      if (granted(await budgets.take([{ ...shop, account }])) === 1) budgets.sent({ ...shop, account });
      await simulation.pass(10);
    }
    const sends = (last()?.budgets ?? []).flatMap((report) => report.sends);
    assert.ok((last()?.budgets.length ?? 0) <= 200);
    assert.ok(sends.every(({ ageMs }) => ageMs < 1_100));
    books.behaviour = 'answers';
    await simulation.pass(2_000);
    assert.deepEqual(last()?.budgets, []);
  });

  it('know what the books said of a budget for a second, and always their own', async () => {
    const { budgets, books, simulation } = await opened();
    books.used = 40;
    await budgets.take(times(2));
    await budgets.take([{ ...other, account: 'a:b' }]);
    assert.equal(budgets.usedBy('shop', 'apply'), 40);
    assert.equal(budgets.usedAtAddress('apply'), 40);
    assert.equal(budgets.usedBy('shop', 'query'), 0);
    const use = { action: 'apply', used: 40 };
    assert.deepEqual(budgets.inUse(), [
      { account: 'shop', ...use },
      { account: 'a:b', ...use },
    ]);
    await simulation.pass(1_000);
    assert.equal(budgets.usedBy('shop', 'apply'), 2);
    assert.equal(budgets.usedAtAddress('apply'), 3);
    budgets.unused(shop);
    budgets.unused(shop);
    books.used = 0;
    await simulation.pass(1_100);
    assert.deepEqual(budgets.inUse(), [{ account: 'a:b', action: 'apply', used: 1 }]);
  });

  it('ask the books for what counts of many budgets at once', async () => {
    const { budgets, books } = await opened();
    assert.deepEqual(await budgets.readUse(['shop', 'other']), [
      { scope: 'address', action: 'apply', used: 0 },
      { scope: 'address', action: 'query', used: 1 },
      { scope: 'address', action: 'revoke', used: 0 },
      { scope: 'account', account: 'shop', action: 'apply', used: 1 },
      { scope: 'account', account: 'shop', action: 'revoke', used: 1 },
    ]);
    books.behaviour = 'fails';
    assert.equal(await budgets.readUse(['shop']), undefined);
  });

  it('say goodbye once, with all that they hold, and grant nothing after it', async () => {
    const { budgets, books, simulation, last } = await opened();
    await budgets.take(times(2));
    await simulation.pass(500);
    books.behaviour = 'waits';
    const asked = budgets.take([shop]);
    await settled();
    const unasked = budgets.take([shop]);
    const closed = [budgets.close(), budgets.close()];
    books.behaviour = 'answers';
    books.answer();
    await Promise.all(closed);
    assert.equal(granted(await asked), 1);
    assert.equal(granted(await unasked), 0);
    assert.equal(last()?.leaves, true);
    assert.equal(ofShop(last())?.held, 3);
    const calls = books.calls.length;
    assert.equal(granted(await budgets.take([shop])), 0);
    await simulation.pass(5_000);
    assert.equal(books.calls.length, calls);
    assert.equal(simulation.pending, 0);
  });

  it('close though the books do not answer', async () => {
    const { budgets } = open({ behaviour: 'fails' });
    await budgets.close();
  });

  it('have an answer for who asks for nothing', async () => {
    const { budgets } = await opened();
    assert.deepEqual(await budgets.take([]), { granted: [], retryInMs: undefined });
  });
});
