import assert from 'node:assert/strict';
import { within } from '../../src/store/patience.ts';

const late = () => new Error('late');

/** Keeps this process busy. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('waiting for a store', () => {
  it('gives what the work gives, or why it failed', async () => {
    assert.equal(await within(Promise.resolve(7), 1000, late), 7);
    await assert.rejects(within(Promise.reject(new Error('full')), 1000, late), /full/);
  });

  it('ends when the time is over', async () => {
    await assert.rejects(within(new Promise(() => undefined), 5, late), /late/);
  });

  it('does not hold it against the store that this process was busy', async () => {
    let answer: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => (answer = resolve));
    const waiting = within(work, 20, late);
    block(100);
    // What came meanwhile is seen only after the timers that are due.
    setImmediate(() => setImmediate(() => answer('there')));
    assert.equal(await waiting, 'there');
  });
});
