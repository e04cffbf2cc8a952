// The table from codes and wire failures to outcome classes, total over the documented codes.
import assert from 'node:assert/strict';
import { classOfCode } from '../../src/gateway/codes.ts';
import { codes } from '../../src/gateway/codes.ts';
import { isRefusal, refusalOf, unreadable, wireFailureOf } from '../../src/gateway/outcome.ts';
import type { ApiAnswer } from '../../src/gateway/outcome.ts';

const facts = { secrets: ['tokenOfThisCall123456'], nowMs: Date.parse('2026-11-21T12:30:00Z') };
const refusal = (status: number, fields: Record<string, unknown>): ApiAnswer => ({
  status,
  fields: { RequestId: 'R-1', HostId: 'h', Message: 'why', ...fields },
});

describe('the outcome of an answer', () => {
  /** Every code of PROTOCOL section 2, with the status that it is documented with. */
  const documented = [
    [400, 'ParameterCheckFailed', 'rejected'],
    [400, 'InvalidParameter', 'rejected'],
    [400, 'InvalidParameter.Resources', 'rejected'],
    [400, 'MissingInstanceId', 'rejected'],
    [400, 'CheckAccountInfoFailed', 'denied'],
    [400, 'InstancePermissionCheckFailed', 'denied'],
    [400, 'PermissionCheckFailed', 'denied'],
    [400, 'ApplyTokenOverFlow', 'throttled'],
    [400, 'RevokeTokenOverFlow', 'throttled'],
    [400, 'QueryTokenOverFlow', 'throttled'],
    [400, 'Throttling', 'throttled'],
    [400, 'Throttling.User', 'throttled'],
    [400, 'Throttling.Api', 'throttled'],
    [403, 'NoPermission', 'denied'],
    [403, 'Forbidden.RAM', 'denied'],
    [404, 'ApiNotSupport', 'denied'],
    [404, 'InvalidAccessKeyId.NotFound', 'denied'],
    [400, 'SignatureDoesNotMatch', 'denied'],
    [400, 'InvalidTimeStamp.Expired', 'fault'],
    [400, 'SignatureNonceUsed', 'fault'],
    [400, 'InvalidSecurityToken.Expired', 'denied'],
    [500, 'InternalError', 'fault'],
    [500, 'SystemOverFlow', 'fault'],
    [503, 'ServiceUnavailable', 'fault'],
  ] as const;

  for (const [status, code, expected] of documented) {
    it(`is ${expected} for ${code}, whatever the HTTP status`, () => {
      for (const sent of [status, 200, 400, 403, 429, 500, 503]) {
        const answer = refusal(sent, { Code: code });
        assert.ok(isRefusal(answer));
        const failure = refusalOf(answer, facts);
        assert.deepEqual([failure.class, failure.cause, failure.code], [expected, 'answered', code]);
        assert.deepEqual([failure.requestId, failure.httpStatus], ['R-1', sent]);
      }
    });
  }

  it('has a tested row for every code of the table', () => {
    const tested = new Set<string>(documented.map(([, code]) => code));
    const platform = ['IncompleteSignature', 'MissingSecurityToken'];
    assert.deepEqual(
      Object.keys(codes).filter((code) => !tested.has(code)),
      platform,
    );
    for (const code of platform) assert.equal(refusalOf(refusal(400, { Code: code }), facts).class, 'denied');
  });

  for (const [status, expected] of [
    [400, 'denied'],
    [403, 'denied'],
    [404, 'denied'],
    [408, 'fault'],
    [429, 'throttled'],
    [500, 'fault'],
    [503, 'fault'],
    [302, 'fault'],
    [200, 'fault'],
  ] as const) {
    it(`is ${expected} for an unknown code with HTTP ${status}`, () => {
      assert.equal(refusalOf(refusal(status, { Code: 'Brand.New' }), facts).class, expected);
    });
  }

  it('is an unreadable fault without a code, and throttled only for HTTP 429', () => {
    for (const fields of [undefined, {}, { Code: '' }, { Code: 7 }]) {
      const failure = refusalOf({ status: 502, fields }, facts);
      assert.deepEqual(
        [failure.class, failure.cause, failure.code],
        ['fault', 'unreadable', 'UnreadableAnswer'],
      );
    }
    assert.equal(unreadable({ status: 429, fields: undefined }, facts).class, 'throttled');
    assert.equal(unreadable({ status: 403, fields: undefined }, facts).class, 'fault');
  });

  it('shows no secret of the call in message, code or request id', () => {
    const [secret = ''] = facts.secrets;
    const failure = refusalOf(
      refusal(400, { Code: secret, Message: `bad ${secret}`, RequestId: secret }),
      facts,
    );
    assert.ok(!JSON.stringify(failure).includes(secret));
  });

  it('has a code and a request id that fit into a header', () => {
    const failure = refusalOf(
      refusal(400, { Code: 'A\r\nb: c', RequestId: '设\u0000备'.repeat(200) }),
      facts,
    );
    for (const text of [failure.code, failure.requestId ?? '']) assert.match(text, /^[\w.-]{1,100}$/);
  });

  it('says by how much the clock is wrong', () => {
    const late = {
      ...refusal(400, { Code: 'InvalidTimeStamp.Expired' }),
      serverDateMs: facts.nowMs - 1_200_000,
    };
    assert.match(refusalOf(late, facts).message, /1200 s ahead of/);
    const early = { ...late, serverDateMs: facts.nowMs + 1_000_000 };
    assert.match(refusalOf(early, facts).message, /1000 s behind/);
    assert.match(
      refusalOf(refusal(400, { Code: 'InvalidTimeStamp.Expired' }), facts).message,
      /clock differs/,
    );
  });

  it('keeps the string to sign out of the message of a wrong signature', () => {
    const failure = refusalOf(
      refusal(400, { Code: 'SignatureDoesNotMatch', Message: 'server string to sign is:abc' }),
      facts,
    );
    assert.ok(!failure.message.includes('abc'));
  });
});

describe('the outcome of a call without an answer', () => {
  for (const [cause, detail, code] of [
    ['unconnected', 'ECONNREFUSED', 'ConnectionRefused'],
    ['unconnected', 'ENOTFOUND', 'HostNotFound'],
    ['unconnected', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'TlsFailure'],
    ['unconnected', 'ETIMEDOUT', 'ConnectTimeout'],
    ['unconnected', 'TOO_MANY_CALLS', 'TooManyCalls'],
    ['unconnected', 'CLOSED', 'ConnectionClosed'],
    ['unconnected', 'EHOSTUNREACH', 'ConnectionFailed'],
    ['broken', 'ECONNRESET', 'ConnectionBroken'],
    ['timeout', 'TIMEOUT', 'RequestTimeout'],
    ['unreadable', 'HPE_INVALID_CONSTANT', 'UnreadableAnswer'],
  ] as const) {
    it(`is the fault ${code} for ${cause} with ${detail}`, () => {
      const failure = wireFailureOf({ kind: 'failure', cause, detail });
      assert.deepEqual([failure.class, failure.cause, failure.code], ['fault', cause, code]);
    });
  }

  it('is nobody’s fault when the caller hung up before anything was sent', () => {
    const failure = wireFailureOf({ kind: 'failure', cause: 'aborted', detail: 'ABORTED' });
    assert.deepEqual([failure.class, failure.code], ['rejected', 'RequestAborted']);
  });
});

describe('an answer without a readable code', () => {
  for (const status of [413, 414, 431]) {
    it(`is denied with HTTP ${status}: the request was too long, which says nothing of the gateway or of a token`, () => {
      assert.equal(classOfCode(undefined, status), 'denied');
    });
  }
});
