// The JSON that old clients parse: keys, their order, types, and the HTTP status around it (PROTOCOL section 1).
import assert from 'node:assert/strict';
import type { LegacyCode, LegacyReply } from '../../src/legacy/call.ts';
import { envelope, httpStatus } from '../../src/legacy/envelope.ts';

const failures: readonly LegacyReply[] = [
  ...([400, 407, 409, 410] as const).map((code) => ({ kind: 'failed', code, message: 'why' }) as const),
  ...([1, 2, 3] as const).map((code) => ({ kind: 'bad-token', code, message: 'why' }) as const),
];

describe('envelope', () => {
  it('carries the token of an apply, keys in the documented order', () => {
    const answer = envelope({ kind: 'applied', token: 'T+/=' });
    assert.deepEqual(Object.keys(answer), ['success', 'message', 'code', 'tokenData']);
    assert.equal(answer.success, true);
    assert.equal(answer.code, 200);
    assert.equal(answer.tokenData, 'T+/=');
    assert.notEqual(answer.message, '');
  });

  for (const kind of ['revoked', 'valid'] as const) {
    it(`answers ${kind} with success and no token`, () => {
      const answer = envelope({ kind });
      assert.deepEqual(Object.keys(answer), ['success', 'message', 'code']);
      assert.equal(answer.success, true);
      assert.equal(answer.code, 200);
    });
  }

  for (const reply of failures) {
    if (reply.kind !== 'failed' && reply.kind !== 'bad-token') continue;
    it(`answers ${reply.kind} ${reply.code} without success and without a token`, () => {
      assert.equal(JSON.stringify(envelope(reply)), `{"success":false,"message":"why","code":${reply.code}}`);
    });
  }

  it('keeps the code an integer and success a boolean in JSON', () => {
    const parsed: unknown = JSON.parse(JSON.stringify(envelope({ kind: 'applied', token: 't' })));
    assert.deepEqual(parsed, { success: true, message: 'operate success', code: 200, tokenData: 't' });
  });
});

describe('httpStatus', () => {
  const codes: readonly LegacyCode[] = [200, 400, 407, 409, 410, 1, 2, 3];

  it('is 200 for every code by default, since old clients read the body under nothing else', () => {
    for (const code of codes) assert.equal(httpStatus(code, 200), 200);
  });

  it('mirrors codes of 400 and up on request, and stays 200 for 1, 2 and 3', () => {
    assert.deepEqual(
      codes.map((code) => httpStatus(code, 'mirror')),
      [200, 400, 407, 409, 410, 200, 200, 200],
    );
  });
});
