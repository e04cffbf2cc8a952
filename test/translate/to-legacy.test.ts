import assert from 'node:assert/strict';
import type { GatewayFailure, OutcomeClass } from '../../src/gateway/gateway.ts';
import {
  badToken,
  describeFailure,
  toApplyReply,
  toFailedReply,
  toQueryReply,
  toRevokeReply,
} from '../../src/translate/to-legacy.ts';

const failure = (outcome: Exclude<OutcomeClass, 'ok'>): GatewayFailure => ({
  class: outcome,
  cause: 'answered',
  code: 'Some.Code',
  message: 'Some words.',
  requestId: 'REQ-1',
});
const unknown = { expired: false, revoked: false };

describe('a failure of the gateway in old words (PROTOCOL section 5)', () => {
  const table: [Exclude<OutcomeClass, 'ok'>, number, number][] = [
    ['rejected', 400, 410],
    ['denied', 409, 410],
    ['throttled', 409, 410],
    ['fault', 409, 410],
  ];
  for (const [outcome, apply, revoke] of table) {
    it(`is ${apply} for apply and ${revoke} for revoke when ${outcome}`, () => {
      assert.equal(toFailedReply('apply', failure(outcome)).code, apply);
      assert.equal(toFailedReply('revoke', failure(outcome)).code, revoke);
    });
  }

  for (const outcome of ['denied', 'throttled', 'fault'] as const) {
    it(`makes a query answer 409 and never 1, 2 or 3 when ${outcome}, whatever is known of the token`, () => {
      for (const knowledge of [unknown, { expired: true, revoked: true }]) {
        const reply = toQueryReply(failure(outcome), knowledge);
        assert.equal(reply.kind === 'failed' && reply.code, 409);
      }
    });
  }

  it("carries the gateway's code, message and request id", () => {
    assert.equal(describeFailure(failure('fault')), 'Some.Code: Some words. (RequestId REQ-1)');
  });

  it('does without a request id where there was no answer', () => {
    const { requestId: _, ...silent } = failure('fault');
    assert.equal(describeFailure(silent), 'Some.Code: Some words.');
  });
});

describe('a query', () => {
  it('is valid when the gateway says true', () => {
    const outcome = { class: 'ok', value: { valid: true }, requestId: 'r' } as const;
    assert.deepEqual(toQueryReply(outcome, unknown), { kind: 'valid' });
  });

  const bad = { class: 'ok', value: { valid: false }, requestId: 'r' } as const;
  const table = [
    { knowledge: { expired: true, revoked: false }, code: 2 },
    { knowledge: { expired: true, revoked: true }, code: 2 },
    { knowledge: { expired: false, revoked: true }, code: 3 },
    { knowledge: unknown, code: 1 },
  ];
  for (const { knowledge, code } of table) {
    it(`answers ${code} for a bad token with ${JSON.stringify(knowledge)}`, () => {
      for (const outcome of [bad, failure('rejected')]) {
        const reply = toQueryReply(outcome, knowledge);
        assert.equal(reply.kind === 'bad-token' && reply.code, code);
      }
      assert.deepEqual(badToken(knowledge), toQueryReply(bad, knowledge));
    });
  }
});

describe('a success', () => {
  it('of apply hands the token on', () => {
    const outcome = { class: 'ok', value: { token: 'T' }, requestId: 'r' } as const;
    assert.deepEqual(toApplyReply(outcome), { kind: 'applied', token: 'T' });
  });

  it('of revoke says so', () => {
    assert.deepEqual(toRevokeReply({ class: 'ok', value: {}, requestId: 'r' }), { kind: 'revoked' });
  });
});
