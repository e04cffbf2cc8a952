// Many time limits of one length over one timer of Node's.
import assert from 'node:assert/strict';
import { Timeouts } from '../../src/resilience/timeouts.ts';
import { collected } from '../kit/garbage.ts';

/** A clock that is moved by hand, and the one timer that may be set at a time. */
function world(delayMs: number) {
  let nowMs = 0;
  let set: { readonly run: () => void; readonly atMs: number } | undefined;
  const reached: string[] = [];
  const timeouts = new Timeouts(
    delayMs,
    () => nowMs,
    (run, afterMs) => {
      assert.equal(set, undefined, 'one timer at a time');
      set = { run, atMs: nowMs + afterMs };
    },
  );
  return {
    reached,
    isSet: () => set !== undefined,
    start: (name: string, then?: () => void) =>
      timeouts.start(() => {
        reached.push(`${name} at ${nowMs}`);
        then?.();
      }),
    /** To a moment; the timer fires on the way when it is due. */
    to: (ms: number): void => {
      while (set !== undefined && set.atMs <= ms) {
        const { run, atMs } = set;
        set = undefined;
        nowMs = atMs;
        run();
      }
      nowMs = ms;
    },
  };
}

describe('time limits of one length', () => {
  it('are reached in the order in which they began, none before its time', () => {
    const { reached, start, to } = world(40);
    start('first');
    to(15);
    start('second');
    start('third');
    to(39);
    assert.deepEqual(reached, []);
    to(100);
    assert.deepEqual(reached, ['first at 40', 'second at 55', 'third at 55']);
  });

  it('are not reached once they are cancelled, first, last or between', () => {
    const { reached, start, to } = world(20);
    const row = ['a', 'b', 'c', 'd', 'e'].map((name) => start(name));
    for (const index of [0, 2, 4, 2]) row[index]?.cancel();
    to(100);
    assert.deepEqual(reached, ['b at 20', 'd at 20']);
  });

  it('may be cancelled and begun by those that are reached', () => {
    const { reached, start, to } = world(10);
    const first = start('first', () => {
      first.cancel();
      second.cancel();
      start('another');
    });
    const second = start('second');
    to(100);
    assert.deepEqual(reached, ['first at 10', 'another at 20']);
  });

  it('set no timer while none runs, and begin anew after all were cancelled', () => {
    const { reached, isSet, start, to } = world(10);
    assert.equal(isSet(), false);
    start('cancelled').cancel();
    to(10);
    assert.equal(isSet(), false);
    start('next');
    to(50);
    assert.deepEqual(reached, ['next at 20']);
    assert.equal(isSet(), false);
  });

  it('go on after one of them failed', () => {
    const { reached, start, to } = world(10);
    start('first', () => {
      throw new Error('defect');
    });
    start('second');
    assert.throws(() => to(10), /defect/);
    to(50);
    assert.deepEqual(reached, ['first at 10', 'second at 11']);
  });

  it('leave nothing behind once they are over, even if somebody keeps the first of them', async () => {
    const timeouts = new Timeouts(
      60_000,
      () => 0,
      () => undefined,
    );
    const kept = timeouts.start(() => undefined);
    const calls: WeakRef<object>[] = [];
    const begin = () => {
      const call = { size: 1 };
      calls.push(new WeakRef(call));
      return timeouts.start(() => assert.fail(`was cancelled: ${call.size}`));
    };
    // Each begins before the one before it is over.
    let before = begin();
    kept.cancel();
    for (let count = 0; count < 100; count += 1) {
      const next = begin();
      before.cancel();
      before = next;
    }
    before.cancel();
    await collected(calls.slice(0, -1));
    kept.cancel();
  });
});
