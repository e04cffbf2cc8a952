// The signal of a client that leaves: told once, to those who still listen.
import assert from 'node:assert/strict';
import { HangUp } from '../../src/resilience/hang-up.ts';

describe('a client that hangs up', () => {
  let hangUp: HangUp;
  let heard: string[];
  const listener = (name: string) => () => void heard.push(name);

  beforeEach(() => {
    hangUp = new HangUp();
    heard = [];
  });

  it('is heard of by every listener, in the order in which they came', () => {
    for (const name of ['first', 'second']) hangUp.addEventListener('abort', listener(name));
    assert.equal(hangUp.aborted, false);
    hangUp.abort();
    assert.equal(hangUp.aborted, true);
    assert.deepEqual(heard, ['first', 'second']);
  });

  it('is heard of once', () => {
    hangUp.addEventListener('abort', listener('once'));
    hangUp.abort();
    hangUp.abort();
    assert.deepEqual(heard, ['once']);
  });

  it('is not heard of by who has stopped listening, nor by who came too late', () => {
    const stopped = listener('stopped');
    hangUp.addEventListener('abort', stopped);
    hangUp.removeEventListener('abort', stopped);
    hangUp.abort();
    hangUp.addEventListener('abort', listener('late'));
    assert.deepEqual(heard, []);
  });

  it('lets a listener stop another while it tells', () => {
    const other = listener('other');
    hangUp.addEventListener('abort', () => hangUp.removeEventListener('abort', other));
    hangUp.addEventListener('abort', other);
    hangUp.abort();
    assert.deepEqual(heard, []);
  });
});
