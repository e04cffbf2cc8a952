// call.ts holds types alone: what can be tested is that the words fit the table of operations.
import assert from 'node:assert/strict';
import type { LegacyCall, LegacyCode } from '../../src/legacy/call.ts';
import { operations, type Operation } from '../../src/legacy/operations.ts';

describe('the words of the old protocol', () => {
  it('have one kind of call for every operation', () => {
    const calls = {
      apply: { operation: 'apply', accessKey: 'k', actions: 'R', resources: ['t'], expireTimeMs: 1 },
      revoke: { operation: 'revoke', accessKey: 'k', token: 't' },
      query: { operation: 'query', accessKey: 'k', token: 't' },
    } as const satisfies { [O in Operation]: Extract<LegacyCall, { operation: O }> };
    assert.deepEqual(Object.keys(calls), Object.keys(operations));
  });

  it('know the failure code of every operation', () => {
    const codes: readonly LegacyCode[] = Object.values(operations).map(({ failureCode }) => failureCode);
    assert.deepEqual(codes, [409, 410, 409]);
  });
});
