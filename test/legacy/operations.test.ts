// Which paths are routes of the old service, and that the table says what PROTOCOL section 1 says.
import assert from 'node:assert/strict';
import { operationAt, operations } from '../../src/legacy/operations.ts';

describe('operations', () => {
  it('states the documented signed fields', () => {
    assert.deepEqual([...operations.apply.signed].sort(), [
      'actions',
      'expireTime',
      'instanceId',
      'resources',
      'serviceName',
    ]);
    assert.deepEqual(operations.revoke.signed, ['token']);
    assert.deepEqual(operations.query.signed, ['token']);
  });

  for (const operation of ['apply', 'revoke', 'query'] as const) {
    it(`finds ${operation} with a trailing slash and doubled leading slashes`, () => {
      for (const before of ['', '/', '//']) {
        for (const after of ['', '/']) {
          assert.equal(operationAt(`${before}/token/${operation}${after}`), operation);
        }
      }
    });
  }

  it('takes no other path for a route', () => {
    const others = [
      '',
      '/',
      '//',
      '/token',
      '/token/',
      '/token/apply/x',
      '/token/applyx',
      '/x/token/apply',
      '/Token/Apply',
      '/token/__proto__',
      '__proto__',
      'constructor',
      '/token/apply\0',
      '/token/apply?',
    ];
    for (const path of others) assert.equal(operationAt(path), undefined, JSON.stringify(path));
  });

  it('answers for a path of a million slashes', () => {
    assert.equal(operationAt('/'.repeat(1_000_000)), undefined);
    assert.equal(operationAt(`${'/'.repeat(1_000_000)}token/apply`), 'apply');
  });
});
