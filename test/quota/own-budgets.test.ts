import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Ask } from '../../src/quota/budgets.ts';
import { guardMs } from '../../src/quota/limits.ts';
import { createOwnBudgets } from '../../src/quota/own-budgets.ts';
import { jitterMs } from '../../src/quota/pacer.ts';
import { mostWithin } from './simulation.ts';

describe('the books of one process', () => {
  let nowMs = 0;
  let replicas = 1;
  beforeEach(() => {
    nowMs = 70_000;
    replicas = 1;
  });
  const books = () => createOwnBudgets({ monotonicMs: () => nowMs, replicas: () => replicas });
  const ask = (account: string, facts: Partial<Ask> = {}): Ask => ({
    account,
    action: 'apply',
    accountLimit: 4,
    addressLimit: 1_000,
    ...facts,
  });
  const times = (count: number, one: Ask): Ask[] => Array.from({ length: count }, () => ({ ...one }));

  it('grant what is within the limit of the account, and say when the rest may come', async () => {
    const own = books();
    const asks = times(3, ask('shop', { accountLimit: 18 }));
    const { granted, retryInMs, accountRetryInMs } = await own.take(asks);
    assert.deepEqual(granted, [true, true, false]);
    assert.equal(retryInMs, jitterMs);
    assert.deepEqual(accountRetryInMs, [0, 0, jitterMs]);
  });

  it('judge each ask with those before it, and go on after one that is refused', async () => {
    const own = books();
    const { granted } = await own.take([ask('shop'), ask('shop'), ask('club'), ask('club')]);
    assert.deepEqual(granted, [true, false, true, false]);
  });

  it('tell when only the address is in the way', async () => {
    const own = books();
    const narrow = { accountLimit: 1_000, addressLimit: 9 };
    const { granted, retryInMs, accountRetryInMs } = await own.take([
      ask('shop', narrow),
      ask('club', narrow),
    ]);
    assert.deepEqual(granted, [true, false]);
    assert.deepEqual([retryInMs, accountRetryInMs], [jitterMs, [0, 0]]);
  });

  it('keep the actions apart', async () => {
    const own = books();
    const { granted } = await own.take([ask('shop'), ask('shop', { action: 'revoke' })]);
    assert.deepEqual(granted, [true, true]);
    assert.deepEqual([own.usedBy('shop', 'apply'), own.usedAtAddress('revoke')], [1, 1]);
  });

  it('count a call from its permit until a second after it was sent, exactly a second included', async () => {
    const own = books();
    const call = ask('shop', { accountLimit: 1 });
    await own.take([call]);
    nowMs += 30_000;
    assert.deepEqual((await own.take([call])).granted, [false]);
    own.sent(call);
    nowMs += 1_000;
    assert.deepEqual(await own.take([call]), {
      granted: [false],
      retryInMs: guardMs,
      accountRetryInMs: [guardMs],
    });
    nowMs += guardMs;
    assert.deepEqual((await own.take([call])).granted, [true]);
  });

  it('have room again for what was not used', async () => {
    const own = books();
    const call = ask('shop', { accountLimit: 1 });
    await own.take([call]);
    own.unused(call);
    nowMs += jitterMs;
    assert.deepEqual((await own.take([call])).granted, [true]);
  });

  it('use their part of the limits, as many parts as there are now', async () => {
    const own = books();
    const granted = async (): Promise<number> => {
      let count = 0;
      for (let tried = 0; tried < 40; tried += 1) {
        const call = ask('shop', { accountLimit: 12, addressLimit: 30 });
        if ((await own.take([call])).granted[0] === true) {
          own.sent(call);
          count += 1;
        }
        nowMs += 25;
      }
      nowMs += 1_002;
      return count;
    };
    assert.equal(await granted(), 12);
    replicas = 3;
    assert.equal(await granted(), 4);
    replicas = 24;
    assert.equal(await granted(), 1);
  });

  it('keep a part below one call per second on average', async () => {
    const own = books();
    replicas = 10;
    const sent: number[] = [];
    for (const endMs = nowMs + 60_000; nowMs < endMs; nowMs += 5) {
      const call = ask('shop', { accountLimit: 4.5 });
      if ((await own.take([call])).granted[0] !== true) continue;
      own.sent(call);
      sent.push(nowMs);
    }
    assert.equal(mostWithin(sent, 1_000 / 0.45), 1);
    assert.ok(sent.length >= 26 && sent.length <= 27, `${sent.length} calls in a minute`);
  });

  it('show what is in use, and forget it when it is over', async () => {
    const own = books();
    const call = ask('shop', { accountLimit: 100 });
    await own.take(times(2, call));
    await own.take([ask('club', { action: 'query' })]);
    assert.deepEqual(own.inUse(), [
      { account: 'shop', action: 'apply', used: 2 },
      { account: 'club', action: 'query', used: 1 },
    ]);
    own.sent(call);
    own.unused(call);
    assert.equal(own.usedBy('shop', 'apply'), 1);
    nowMs += 1_100;
    assert.deepEqual(own.inUse(), [{ account: 'club', action: 'query', used: 1 }]);
  });

  it('lose nothing of what counts while accounts come and go', async () => {
    const own = books();
    const first = ask('shop', { accountLimit: 1 });
    await own.take([first]);
    for (let other = 0; other < 1_000; other += 1) {
      const passing = ask(`passing-${other}`, { addressLimit: 1e6 });
      await own.take([passing]);
      own.sent(passing);
      nowMs += 10;
    }
    assert.equal(own.usedBy('shop', 'apply'), 1);
    assert.deepEqual((await own.take([first])).granted, [false]);
  });

  it('say that they are this process’s own', () => {
    assert.equal(books().mode(), 'own');
  });

  it('let no more than both limits out in any second, whatever time each call takes to the wire', async () => {
    const step = fc.record({
      afterMs: fc.double({ min: 0, max: 40, noNaN: true }),
      account: fc.constantFrom('a', 'b', 'c'),
      takesMs: fc.integer({ min: 0, max: 600 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 50, maxLength: 300 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 40 }),
        async (steps, accountLimit, addressLimit) => {
          const own = books();
          const underWay: { readonly call: Ask; readonly atMs: number }[] = [];
          const sent: { readonly account: string; readonly atMs: number }[] = [];
          const sendUpTo = (endMs: number): void => {
            underWay.sort((one, other) => one.atMs - other.atMs);
            while ((underWay[0]?.atMs ?? Infinity) <= endMs) {
              const due = underWay.shift();
              if (due === undefined) return;
              nowMs = due.atMs;
              own.sent(due.call);
              sent.push({ account: due.call.account, atMs: nowMs });
            }
          };
          for (const { afterMs, account, takesMs } of steps) {
            const atMs = nowMs + afterMs;
            sendUpTo(atMs);
            nowMs = atMs;
            const call = ask(account, { accountLimit, addressLimit });
            if ((await own.take([call])).granted[0] === true) underWay.push({ call, atMs: nowMs + takesMs });
          }
          sendUpTo(Infinity);
          const moments = (account?: string) =>
            sent.filter((one) => account === undefined || one.account === account).map(({ atMs }) => atMs);
          assert.ok(mostWithin(moments(), 1_000) <= addressLimit);
          for (const account of ['a', 'b', 'c']) {
            assert.ok(mostWithin(moments(account), 1_000) <= accountLimit);
          }
        },
      ),
    );
  });
});
