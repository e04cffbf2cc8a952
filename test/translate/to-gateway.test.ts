import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expiryOf, longestLifetimeMs, toApplyTokenRequest } from '../../src/translate/to-gateway.ts';

const call = {
  operation: 'apply',
  accessKey: 'K',
  actions: 'R,W',
  resources: ['b', 'a', 'B'],
  expireTimeMs: 1_893_456_000_000,
} as const;

describe('an apply call on its way to the gateway', () => {
  it('has its resources sorted and the rest passed on', () => {
    assert.deepEqual(toApplyTokenRequest(call, 'post-cn-1'), {
      instanceId: 'post-cn-1',
      actions: 'R,W',
      resources: ['B', 'a', 'b'],
      expireTimeMs: 1_893_456_000_000,
    });
  });

  it('leaves the call itself untouched', () => {
    toApplyTokenRequest(call, 'post-cn-1');
    assert.deepEqual(call.resources, ['b', 'a', 'B']);
  });

  it('keeps every resource, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (resources) => {
        const sent = toApplyTokenRequest({ ...call, resources }, 'i').resources;
        assert.deepEqual(sent, [...resources].sort());
      }),
    );
  });
});

describe('the expiry of a token', () => {
  it('is what was asked for', () => {
    assert.equal(expiryOf({ ...call, expireTimeMs: 5_000_000 }, 1_000_000), 5_000_000);
  });

  it('is cut at 30 days, as the gateway silently does', () => {
    assert.equal(expiryOf({ ...call, expireTimeMs: 9e15 }, 1_000_000), 1_000_000 + longestLifetimeMs);
  });
});
