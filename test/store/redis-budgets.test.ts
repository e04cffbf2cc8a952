// The budgets as the script in Redis keeps them: what counts, for how long, and into how many parts a fleet divides them.
import assert from 'node:assert/strict';
import { createClient } from '@redis/client';
import fc from 'fast-check';
import { createRedisBudgets } from '../../src/store/redis-budgets.ts';
import type { RedisLink } from '../../src/store/redis-link.ts';
import type { BooksAnswer, BooksCall, BudgetReport, SharedBooks } from '../../src/store/shared-books.ts';
import { startRedis, type RedisServer } from '../kit/redis.ts';

const account = 'account:apply:shop';
const address = 'address:apply';

type Saying = Partial<Pick<BooksCall, 'leaves' | 'replicas' | 'fleet' | 'number' | 'told'>> & {
  readonly budgets?: readonly Partial<BudgetReport>[];
  /** Permits asked of both budgets. */
  readonly asks?: number;
  readonly limit?: number;
};

describe('the budgets in Redis', () => {
  let redis: RedisServer;
  let client: ReturnType<typeof createClient>;
  let books: SharedBooks;
  let prefixes = 0;
  let key = '';
  /** What the members' clocks show; time passes only by `pass`. */
  let nowMs = 0;
  /** By how much Redis' clock is ahead of theirs. */
  let aheadMs = 1_700_000_000_000;

  before(async () => {
    redis = await startRedis();
    client = createClient({ url: redis.url });
    await client.connect();
  });
  after(async () => {
    client.destroy();
    await redis.stop();
  });
  beforeEach(() => fresh());

  /** The scripts as they are, but for the time: it is what the test says. */
  const link: RedisLink = {
    script({ text }, keys, args) {
      const clockMs = nowMs + aheadMs;
      const time = [Math.floor(clockMs / 1_000), (clockMs % 1_000) * 1_000];
      assert.ok(text.includes("redis.call('TIME')"));
      return client.eval(text.replace("redis.call('TIME')", '{ARGV[#ARGV - 1], ARGV[#ARGV]}'), {
        keys: keys.map(String),
        arguments: [...args, ...time].map(String),
      });
    },
  };

  /** Books without memory. */
  function fresh(): void {
    prefixes += 1;
    books = createRedisBudgets(link, { prefix: `test${prefixes}` });
    key = `{test${prefixes}:quota}:fleet`;
  }

  function pass(ms: number): void {
    nowMs += ms;
  }

  /** A member, as far as it speaks to the books. */
  function member(name: string) {
    let number = 0;
    let told: { atMs: number; calledAtMs: number } | undefined;
    const compose = ({ asks = 0, limit = 90, budgets, ...saying }: Saying): BooksCall => {
      const reports = budgets ?? (asks > 0 ? [{ name: account }, { name: address }] : []);
      const ask = { account: 0, address: 1, accountLimit: limit, addressLimit: 270 };
      number += 1;
      return {
        member: name,
        number,
        told: told && { atMs: told.atMs, elapsedMs: nowMs - told.calledAtMs },
        replicas: 1,
        fleet: 1,
        leaves: false,
        ...saying,
        budgets: reports.map((report) => ({ name: account, held: 0, mine: 0, sends: [], ...report })),
        asks: Array<typeof ask>(asks).fill(ask),
      };
    };
    const say = async (saying: Saying = {}): Promise<BooksAnswer> => {
      const answer = await books.settle(compose(saying));
      told = { atMs: answer.atMs, calledAtMs: nowMs };
      return answer;
    };
    return {
      say,
      /** The answer never gets here. */
      sayInVain: (saying: Saying = {}) => books.settle(compose(saying)),
      next: () => number + 1,
      /** Shows that it hears the answers. */
      async arrive(saying: Saying = {}) {
        await say(saying);
        return say(saying);
      },
    };
  }
  type Voice = ReturnType<typeof member>;

  const granted = ({ waits }: BooksAnswer) =>
    waits.filter(({ accountMs, addressMs }) => accountMs === 0 && addressMs === 0).length;
  const sends = (inCall: number, ageMs: number, calls: number) =>
    Array<object>(calls).fill({ inCall, ageMs }) as BudgetReport['sends'];

  /** A fleet that has been there for a while. */
  async function fleetOf(...names: string[]): Promise<Voice[]> {
    const voices = names.map(member);
    for (let round = 0; round < 4; round += 1) {
      for (const voice of voices) await voice.arrive();
      pass(700);
    }
    for (const voice of voices) await voice.arrive();
    return voices;
  }
  async function one(): Promise<Voice> {
    const [voice = member('')] = await fleetOf('a');
    return voice;
  }

  it('grant nothing in the first second of their memory', async () => {
    const a = member('a');
    await a.say();
    const early = await a.say({ asks: 1 });
    assert.equal(granted(early), 0);
    assert.ok((early.waits[0]?.accountMs ?? 0) > 500);
    pass(1_000);
    assert.equal(granted(await a.arrive({ asks: 1 })), 1);
  });

  it('count what is held and what was sent, by all members, against each limit', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    await b.say({ budgets: [{ held: 40, sends: sends(b.next(), 0, 49) }] });
    const answer = await a.say({ asks: 2 });
    assert.equal(granted(answer), 1);
    assert.deepEqual(answer.used, [90, 1]);
    assert.ok((answer.waits[1]?.accountMs ?? 0) > 0);
    assert.equal(answer.waits[1]?.addressMs, 0);
    await b.say({ budgets: [{ name: address, held: 269 }, { held: 0 }] });
    assert.deepEqual((await a.say({ asks: 1 })).used, [50, 270]);
  });

  it('count a call for a second after it was sent, and no shorter', async () => {
    const a = await one();
    await a.say({ budgets: [{ sends: sends(a.next(), 300, 90) }] });
    pass(700);
    assert.equal(granted(await a.say({ asks: 1 })), 0);
    pass(25);
    assert.equal(granted(await a.say({ asks: 1 })), 1);
  });

  it('say when there is room again', async () => {
    const a = await one();
    await a.say({ budgets: [{ sends: sends(a.next(), 850, 90) }] });
    const { waits } = await a.say({ asks: 1 });
    const { accountMs = 0 } = waits[0] ?? {};
    assert.ok(accountMs >= 150 && accountMs <= 180, String(accountMs));
    pass(accountMs);
    assert.equal(granted(await a.say({ asks: 1 })), 1);
  });

  it('let no more than a ninth of a second through at a time', async () => {
    const a = await one();
    assert.equal(granted(await a.say({ asks: 30 })), 10);
    const held = { held: 10 };
    const asked = { asks: 30, budgets: [held, { ...held, name: address }] };
    assert.equal(granted(await a.say(asked)), 0);
    pass(100);
    assert.equal(granted(await a.say(asked)), 0);
    pass(1);
    assert.equal(granted(await a.say(asked)), 10);
  });

  it('count a report once, however often it comes', async () => {
    const a = await one();
    const inCall = a.next();
    const report = { budgets: [{ sends: sends(inCall, 0, 5) }] };
    await a.sayInVain(report);
    await a.sayInVain(report);
    const both = { budgets: [{ sends: [...sends(inCall, 0, 5), ...sends(inCall + 2, 0, 2)] }] };
    assert.deepEqual((await a.say(both)).used, [7]);
  });

  it('ignore a call that a later one has overtaken', async () => {
    const a = await one();
    const number = a.next();
    await a.say({ number: number + 1, budgets: [{ held: 3 }] });
    await assert.rejects(a.sayInVain({ number, budgets: [{ held: 50 }], asks: 1 }), { name: 'StoreError' });
    await assert.rejects(a.sayInVain({ number: number + 1 }), { name: 'StoreError' });
    assert.deepEqual((await a.say({ number: number + 2, budgets: [{ held: 3 }] })).used, [3]);
  });

  it('take permits back whose answer never arrived', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    assert.equal(granted(await a.sayInVain({ asks: 8 })), 8);
    assert.deepEqual((await b.say({ budgets: [{ held: 0 }] })).used, [8]);
    await a.say({ budgets: [{ held: 0 }, { name: address, held: 0 }] });
    assert.deepEqual((await b.say({ budgets: [{ held: 0 }, { name: address }] })).used, [0, 0]);
  });

  it('count what a dead member holds until it cannot be sent any more', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    await b.say({ budgets: [{ held: 30 }] });
    pass(9_000);
    assert.deepEqual((await a.say({ budgets: [{}] })).used, [30]);
    pass(2_000);
    assert.deepEqual((await a.say({ budgets: [{}] })).used, [0]);
  });

  it('count what a leaving member holds as sent now', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    await b.say({ leaves: true, budgets: [{ held: 4 }] });
    assert.deepEqual((await a.say({ budgets: [{}] })).used, [4]);
    pass(1_030);
    assert.deepEqual((await a.say({ budgets: [{}] })).used, [0]);
  });

  describe('are divided among the fleet:', () => {
    const divided = ({ fleet: { live, parts } }: BooksAnswer) => `${live}/${parts}`;

    it('one that falls silent keeps its part until it says goodbye or ten minutes have passed', async () => {
      const [a, b, c] = await fleetOf('a', 'b', 'c');
      assert.ok(a && b && c);
      assert.equal(divided(await a.say()), '3/3');
      await b.say({ leaves: true });
      assert.equal(divided(await a.say()), '2/2');
      pass(1_100);
      assert.equal(divided(await a.arrive()), '1/2');
      assert.equal(granted(await a.say({ asks: 1, budgets: [{ held: 44 }, { name: address }] })), 1);
      assert.equal(granted(await a.say({ asks: 1, budgets: [{ held: 45 }, { name: address }] })), 0);
      pass(600_000);
      pass(600_000);
      await a.arrive();
      pass(1_000);
      assert.equal(divided(await a.arrive()), '1/1');
    });

    it('a full complement has the whole, however many crashed before', async () => {
      const [a, b, c] = await fleetOf('a', 'b', 'c');
      assert.ok(a && b && c);
      for (let crash = 0; crash < 20; crash += 1) {
        pass(1_500);
        for (const voice of [a, b]) await voice.arrive();
        assert.equal(divided(await a.say()), '2/3');
        await member(`c${crash}`).arrive();
        assert.equal(divided(await a.say()), '3/3');
      }
    });

    it('one that crashed and is there again at once does not count twice', async () => {
      const [a, b, c] = await fleetOf('a', 'b', 'c');
      assert.ok(a && b && c);
      pass(300);
      for (const voice of [a, b]) await voice.arrive();
      pass(600);
      const again = member('c again');
      for (const voice of [a, b, again]) await voice.arrive();
      assert.equal(divided(await a.say()), '4/4');
      for (let round = 0; round < 10; round += 1) {
        pass(500);
        for (const voice of [a, b, again]) await voice.arrive();
        assert.equal(divided(await a.say()), '3/3');
      }
    });

    it('with their memory young, into as many parts as any member knows of', async () => {
      const [a] = [member('a')];
      await a.arrive({ replicas: 3 });
      assert.equal(divided(await a.say({ replicas: 3 })), '1/3');
      pass(601_000);
      await a.arrive({ replicas: 3 });
      pass(1_000);
      assert.equal(divided(await a.arrive({ replicas: 3 })), '1/1');
    });

    it('after their loss, into as many as a member that remembers them was told of', async () => {
      const a = await one();
      await client.flushAll();
      const lost = await a.say({ fleet: 4 });
      assert.equal(lost.lost, true);
      assert.equal(divided(await a.say()), '0/4');
      pass(1_100);
      assert.equal(divided(await a.arrive()), '1/4');
    });

    it('one that comes back from calling on its own has none for a second', async () => {
      const [a, b] = await fleetOf('a', 'b');
      assert.ok(a && b);
      pass(2_100);
      await a.arrive();
      pass(1_100);
      assert.equal(divided(await a.arrive()), '1/2');
      assert.equal(granted(await b.arrive({ asks: 1 })), 0);
      assert.equal(divided(await a.say()), '1/2');
      pass(900);
      await b.say();
      pass(101);
      assert.equal(granted(await b.say({ asks: 1 })), 1);
      assert.equal(divided(await a.arrive()), '2/2');
    });

    it('one that tried in vain before has none for a second: it may have called on its own', async () => {
      const [a] = await fleetOf('a');
      assert.ok(a);
      const [started, tried] = [member('b'), member('c')];
      assert.equal(granted(await started.arrive({ asks: 1 })), 1);
      await tried.say({ number: 40 });
      assert.equal(granted(await tried.say({ number: 41, asks: 1 })), 0);
      assert.equal(divided(await a.say()), '2/3');
      pass(900);
      await tried.say({ number: 42 });
      pass(101);
      assert.equal(granted(await tried.say({ number: 43, asks: 1 })), 1);
    });

    it('one counts as silent in time although the call of another was held up on its way', async () => {
      const [a, b] = await fleetOf('a', 'b');
      assert.ok(a && b);
      await a.say();
      // Built before a's process, or the network, stood still for as long as it takes b to count as gone.
      aheadMs += 1_001;
      await a.say();
      assert.equal(divided(await a.say()), '1/2');
    });

    it('one that does not hear the answers has none, and counts as silent', async () => {
      const [a, b] = await fleetOf('a', 'b');
      assert.ok(a && b);
      for (let round = 0; round < 6; round += 1) {
        pass(200);
        await a.say();
        await b.sayInVain();
      }
      assert.equal(divided(await a.say()), '1/2');
      assert.equal(granted(await b.sayInVain({ asks: 1 })), 0);
    });

    it('members beyond any fleet are forgotten, those first that were silent longest', async () => {
      const [a] = await fleetOf('a');
      assert.ok(a);
      for (let place = 0; place < 300; place += 1) await member(`crashed${place}`).sayInVain();
      const size = await client.eval(
        `local n = 0 for _ in pairs(cmsgpack.unpack(redis.call('GET', KEYS[1])).members) do n = n + 1 end return n`,
        { keys: [key] },
      );
      assert.equal(size, 256);
    });
  });

  describe('keep their time:', () => {
    afterEach(() => void (aheadMs = 1_700_000_000_000));

    it('a clock that is set back lets nothing count shorter or for ever', async () => {
      const a = await one();
      await a.say({ budgets: [{ sends: sends(a.next(), 0, 90) }] });
      aheadMs -= 3_600_000;
      await member('b').say();
      assert.equal(granted(await a.say({ asks: 1 })), 0);
      pass(1_050);
      assert.equal(granted(await a.arrive({ asks: 1 })), 1);
    });

    it('a clock that jumps ahead frees nothing, and costs a second in which members seem to have been away', async () => {
      const a = await one();
      await a.say({ budgets: [{ sends: sends(a.next(), 0, 90) }] });
      aheadMs += 5_000;
      assert.equal(granted(await a.say({ asks: 1 })), 0);
      await a.say();
      pass(1_150);
      assert.equal(granted(await a.arrive({ asks: 1 })), 1);
    });
  });

  it('grant nothing for a second when they turn out to have forgotten what they said', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    const names = [key, key.replace(/fleet$/, account)];
    await a.say({ budgets: [{ held: 1 }] });
    for (const name of names) await client.copy(name, `${name}:before`);
    await a.say({ budgets: [{ held: 2 }] });
    pass(5);
    await a.say();
    for (const name of names) await client.copy(`${name}:before`, name, { REPLACE: true });
    const answer = await a.say();
    assert.equal(answer.lost, true);
    assert.equal(granted(await b.say({ asks: 1 })), 0);
    assert.equal((await a.say()).lost, false);
    pass(1_000);
    assert.equal(granted(await b.arrive({ asks: 1 })), 1);
  });

  it('give what comes free to who has least, and among equals to who waits longest', async () => {
    const [a, b, c] = await fleetOf('a', 'b', 'c');
    assert.ok(a && b && c);
    const ask = (voice: Voice, held: number) =>
      voice.say({ asks: 1, budgets: [{ held, mine: held }, { name: address }] });
    assert.equal(granted(await ask(a, 59)), 1);
    assert.equal(granted(await ask(c, 29)), 1);
    assert.equal(granted(await ask(a, 60)), 0);
    assert.equal(granted(await ask(b, 0)), 0);
    assert.equal(granted(await ask(c, 30)), 0);
    await a.say({ budgets: [{ held: 59 }] });
    assert.equal(granted(await ask(c, 30)), 0, 'b has less');
    assert.equal(granted(await ask(a, 59)), 0, 'b has less');
    assert.equal(granted(await ask(b, 0)), 1);
    await a.say({ budgets: [{ held: 58 }] });
    assert.equal(granted(await ask(a, 58)), 0, 'c has less, and waits');
    assert.equal(granted(await ask(c, 30)), 1);
  });

  it('do not keep a place for one that does not come back', async () => {
    const [a, b] = await fleetOf('a', 'b');
    assert.ok(a && b);
    await a.say({ budgets: [{ held: 90 }] });
    await b.say({ asks: 1 });
    const ask = () => a.say({ asks: 1, budgets: [{ held: 89, mine: 89 }, { name: address }] });
    assert.equal(granted(await ask()), 0);
    pass(400);
    assert.equal(granted(await ask()), 1);
  });

  it('grant a call every so many seconds where a part is less than one a second', async () => {
    const a = await one();
    const ask = async (held: number, calls: number) => {
      await a.say();
      const budgets = [{ held, sends: sends(a.next(), 0, calls) }, { name: address }];
      return a.say({ asks: 1, limit: 0.5, budgets });
    };
    assert.equal(granted(await ask(0, 0)), 1);
    assert.equal(granted(await ask(1, 0)), 0);
    assert.equal(granted(await ask(0, 1)), 0);
    pass(1_500);
    assert.equal(granted(await ask(0, 0)), 0);
    pass(520);
    assert.equal(granted(await ask(0, 0)), 1);
  });

  it('can be read in one round trip, without changing them', async () => {
    const a = await one();
    const name = 'account:apply:商店 {}:*\n';
    await a.say({ budgets: [{ name, held: 2 }, { held: 1 }] });
    assert.deepEqual(await books.read([account, name, address]), [1, 2, 0]);
    pass(30_000);
    assert.deepEqual(await books.read([account, name, address]), [0, 0, 0]);
    assert.equal((await books.read(Array<string>(600).fill(address))).length, 500);
  });

  it('lie in one slot of a cluster, and leave by themselves', async () => {
    await client.flushAll();
    const a = await one();
    await a.say({ asks: 1 });
    const keys = (await client.keys('*')).sort();
    const tag = `{test${prefixes}:quota}`;
    assert.deepEqual(keys, [`${tag}:account:apply:shop`, `${tag}:address:apply`, `${tag}:fleet`]);
    for (const name of keys) {
      const ttlMs = await client.pTTL(name);
      assert.ok(ttlMs > 600_000 && ttlMs <= 660_000, `${name}: ${ttlMs}`);
    }
  });

  it('never hold more than the limit, whatever is said in whatever order', async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('ask', 'ask', 'ask', 'send', 'give back', 'ask in vain', 'wait'),
      much: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        fresh();
        const voices = await fleetOf('a', 'b', 'c');
        const state = voices.map(() => ({ held: 0, unsaid: [] as number[] }));
        const sent: number[] = [];
        for (const { who, what, much } of steps) {
          const [voice, own] = [voices[who], state[who]];
          assert.ok(voice && own);
          if (what === 'wait') pass(much * 25);
          if (what === 'send') {
            const calls = Math.min(much, own.held);
            own.held -= calls;
            for (let call = 0; call < calls; call += 1) {
              own.unsaid.push(nowMs);
              sent.push(nowMs);
            }
          }
          if (what === 'give back') own.held -= Math.min(much, own.held);
          if (what !== 'ask' && what !== 'ask in vain') continue;
          const inCall = voice.next();
          const said = own.unsaid.map((atMs) => ({ inCall, ageMs: nowMs - atMs }));
          const report = { held: own.held, mine: own.held, sends: said };
          const saying = { asks: much, limit: 20, budgets: [report, { ...report, name: address }] };
          // In vain: what was sent is told again with the next call, as something that no call has carried yet.
          if (what === 'ask') {
            own.held += granted(await voice.say(saying));
            own.unsaid = [];
          } else {
            await voice.sayInVain({ ...saying, budgets: [{ ...report, sends: [] }, { name: address }] });
          }
          const counting = sent.filter((atMs) => nowMs - atMs < 1_000).length;
          const held = state.reduce((sum, one) => sum + one.held, 0);
          assert.ok(counting + held <= 20, `${counting} sent, ${held} held`);
        }
      }),
      { numRuns: 15 },
    );
  });
});
