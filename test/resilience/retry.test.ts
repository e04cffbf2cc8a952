import assert from 'node:assert/strict';
import type { FailureCause } from '../../src/gateway/gateway.ts';
import { mayRetry, type Retriable, type RetryCause } from '../../src/resilience/retry.ts';

describe('a failed call', () => {
  const cases: [Retriable, RetryCause | undefined][] = [
    [{ cause: 'unconnected' }, 'unconnected'],
    [{ cause: 'unconnected', code: 'ConnectionRefused' }, 'unconnected'],
    [{ cause: 'unconnected', code: 'ConnectTimeout' }, 'unconnected'],
    [{ cause: 'unconnected', code: 'TooManyCalls' }, undefined],
    [{ cause: 'unconnected', code: 'ConnectionClosed' }, undefined],
    [{ cause: 'broken', reusedConnection: true }, 'reused-connection'],
    [{ cause: 'broken', reusedConnection: false }, undefined],
    [{ cause: 'broken' }, undefined],
  ];
  for (const [failure, expected] of cases) {
    const verb = expected === undefined ? 'is not tried again' : 'may be tried again';
    it(`${verb} when it is ${Object.values(failure).join(' ')}`, () => {
      assert.equal(mayRetry(failure), expected);
    });
  }

  const others: FailureCause[] = [
    'answered',
    'unreadable',
    'timeout',
    'aborted',
    'credentials',
    'quota',
    'circuit',
  ];
  for (const cause of others) {
    it(`is not tried again when it is ${cause}, over whatever connection`, () => {
      assert.equal(mayRetry({ cause }), undefined);
      assert.equal(mayRetry({ cause, reusedConnection: true }), undefined);
    });
  }
});
