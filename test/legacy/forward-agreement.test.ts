// Our verdict on a signature beside the old service's.
import assert from 'node:assert/strict';
import { compareVerdicts } from '../../src/legacy/agreement.ts';
import type { Operation } from '../../src/legacy/operations.ts';

const everyOperation: readonly Operation[] = ['apply', 'revoke', 'query'];

describe('compareVerdicts', () => {
  it('agrees where both accept and where both refuse', () => {
    for (const operation of everyOperation) {
      assert.equal(compareVerdicts(true, operation, 200), 'agree');
      assert.equal(compareVerdicts(false, operation, 407), 'agree');
    }
  });

  it('says who refuses alone', () => {
    for (const operation of everyOperation) {
      assert.equal(compareVerdicts(false, operation, 200), 'proxy_rejects');
      assert.equal(compareVerdicts(true, operation, 407), 'legacy_rejects');
    }
  });

  it('takes an answer about a token for an accepted signature, of a query only', () => {
    for (const code of [1, 2, 3]) {
      assert.equal(compareVerdicts(true, 'query', code), 'agree');
      assert.equal(compareVerdicts(false, 'query', code), 'proxy_rejects');
      assert.equal(compareVerdicts(true, 'revoke', code), undefined);
      assert.equal(compareVerdicts(false, 'apply', code), undefined);
    }
  });

  it('says nothing where the answer says nothing of the signature', () => {
    for (const operation of everyOperation) {
      for (const code of [undefined, 400, 409, 410, 500, 0]) {
        assert.equal(compareVerdicts(true, operation, code), undefined);
        assert.equal(compareVerdicts(false, operation, code), undefined);
      }
    }
  });
});
