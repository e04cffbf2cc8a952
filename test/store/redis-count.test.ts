// The count of records in Redis, where Redis is slow to answer. That it is right where it is quick is in the contract of stores.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { createRecordCount } from '../../src/store/redis-count.ts';
import { redisKeys } from '../../src/store/redis-keys.ts';
import type { RedisLink } from '../../src/store/redis-link.ts';
import { eventually } from './kit.ts';

/** A link whose answers are given by hand. */
function slowLink() {
  interface Asked {
    /** To any slots. */
    readonly added: readonly number[];
    readonly answer: (sum: number) => void;
    readonly fail: () => void;
  }
  const asked: Asked[] = [];
  const script: RedisLink['script'] = (_script, _keys, [, , ...slots]) =>
    new Promise((resolve, reject) => {
      const added = slots.filter((_, at) => at % 2 === 1).map(Number);
      asked.push({ added, answer: resolve, fail: () => reject(new Error('no answer')) });
    });
  return { asked, link: { script } as Pick<RedisLink, 'script'> };
}

const lasting = Date.now() + 60_000;

describe('the count of records in Redis', () => {
  let stop: () => unknown;
  afterEach(() => void stop());

  function begin() {
    const { asked, link } = slowLink();
    const count = createRecordCount(link, redisKeys('test'), { now: Date.now, refreshMs: 1 });
    stop = () => count.stop();
    return { asked, count };
  }

  it('misses nothing that came while an earlier sum was under way, however late that is answered', async () => {
    const { asked, count } = begin();
    count.replaced(0, lasting);
    // Time for more than one refresh, none of which may overtake the first.
    await pause(10);
    assert.equal(count.current(), 1);
    asked[0]?.answer(5);
    await eventually(() => asked.length >= 2);
    assert.equal(count.current(), 6);
    asked[1]?.answer(6);
    await eventually(() => asked.length >= 3);
    assert.equal(count.current(), 6);
  });

  it('tells what it has not told yet before it stops, behind what is under way', async () => {
    const { asked, count } = begin();
    count.replaced(0, lasting);
    const stopped = count.stop();
    asked[0]?.answer(0);
    await eventually(() => asked.length === 2);
    assert.deepEqual(asked[1]?.added, [1]);
    asked[1].answer(1);
    await stopped;
    assert.equal(count.current(), 1);
  });

  it('tells again what could not be told', async () => {
    const { asked, count } = begin();
    asked[0]?.answer(0);
    await eventually(() => asked.length >= 2);
    count.replaced(0, lasting);
    asked[1]?.answer(0);
    await eventually(() => asked.length >= 3);
    asked[2]?.fail();
    await eventually(() => asked.length >= 4);
    assert.equal(count.current(), 1);
  });
});
