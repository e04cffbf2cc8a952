// What a live check makes of the vendor's client's opinion: when it asks, what it says, and what becomes of the token.
import assert from 'node:assert/strict';
import { checkInstance, type InstanceCheck } from '../../src/cli/live-steps.ts';
import { stepLines } from '../../src/cli/live-text.ts';
import type { Gateway, GatewayFailure } from '../../src/gateway/gateway.ts';
import type { AskVendor, SecondOpinion } from '../../src/gateway/vendor-client.ts';

const refused: GatewayFailure = {
  class: 'denied',
  cause: 'answered',
  code: 'SignatureDoesNotMatch',
  message: 'm',
  httpStatus: 400,
};

/** A check whose `apply` fails as given; whatever else is called fails the test. */
async function checkWith(failure: GatewayFailure, opinion?: SecondOpinion, stop?: AbortSignal) {
  const [lines, asked, paces] = [[] as string[], [] as Parameters<AskVendor>[], [] as string[]];
  const untouched = (): never => assert.fail('called after a refused apply');
  const gateway: Gateway = {
    apply: () => Promise.resolve(failure),
    query: untouched,
    revoke: untouched,
    close: untouched,
  };
  const check: InstanceCheck = {
    gateway,
    instanceId: 'post-1',
    timeoutMs: 4_321,
    now: () => 1_000_000,
    beforeRevoke: () => Promise.resolve(void paces.push('pace')),
    report: (entry) => lines.push(...stepLines(entry)),
    stop,
  };
  const secondOpinion: AskVendor = (...given) => {
    asked.push(given);
    return Promise.resolve(opinion ?? assert.fail('asked'));
  };
  await checkInstance(opinion === undefined ? check : { ...check, secondOpinion });
  return { text: lines.join('\n'), asked, paces };
}

const served = (revoke: () => boolean): SecondOpinion => ({
  kind: 'served',
  revoke: () => Promise.resolve(revoke()),
});

describe('the second opinion of a live check', () => {
  it('is asked once for the same token, with its own full life, as long as a call may take', async () => {
    const { asked } = await checkWith(refused, { kind: 'failed' });
    const request = { instanceId: 'post-1', actions: 'R,W', resources: ['token-proxy-check'] };
    assert.deepEqual(asked, [[{ ...request, expireTimeMs: 1_070_000 }, 4_321]]);
  });

  const alike: SecondOpinion = { kind: 'refused', code: 'SignatureDoesNotMatch', requestId: 'V-1' };
  const texts: readonly (readonly [what: string, opinion: SecondOpinion, expected: RegExp])[] = [
    [
      'a like refusal',
      alike,
      /refused alike \(SignatureDoesNotMatch, RequestId V-1\): it is not the proxy's request/,
    ],
    [
      'another refusal',
      { kind: 'refused', code: 'NoPermission', requestId: undefined },
      /refused otherwise \(NoPermission\) than the proxy \(SignatureDoesNotMatch\);.*report both codes/,
    ],
    [
      'a success',
      served(() => true),
      /the vendor's own client is served: this is a defect of token-proxy, please report it/,
    ],
    ['throttling', { kind: 'throttled' }, /tells nothing: other callers .* quota/],
    [
      'a network fault',
      { kind: 'unreachable', detail: 'ECONNRESET' },
      /could not be asked: it got no whole answer .*\(ECONNRESET\); a token made by then expires by itself/,
    ],
    ['a time-out', { kind: 'timeout' }, /could not be asked: it got no answer in time/],
    ['an answer without sense', { kind: 'unreadable' }, /tells nothing: .*makes no sense; a token made/],
    ['missing credentials', { kind: 'no-credentials' }, /could not be asked: its credentials/],
    [
      'a failure of the client',
      { kind: 'failed' },
      /tells nothing: it failed, .* a token made by then expires by itself/,
    ],
  ];
  for (const [what, opinion, expected] of texts) {
    it(`says what ${what} means, below the failure and its usual advice`, async () => {
      const { text } = await checkWith(refused, opinion);
      assert.match(
        text,
        /^ {2}apply +FAILED: SignatureDoesNotMatch.*\n +The secret of this access key is wrong/,
      );
      assert.match(text, /\n {2}second opinion +the vendor's own client/);
      assert.match(text, expected);
      assert.equal(text.match(/FAILED/g)?.length, 1);
    });
  }

  it('does not blame the proxy for a fault of the gateway that may be over', async () => {
    const fault = { ...refused, class: 'fault', code: 'InternalError', httpStatus: 500 } as const;
    const { text } = await checkWith(
      fault,
      served(() => true),
    );
    assert.match(text, /is served: either the gateway's fault is over, or .* a defect of token-proxy/);
  });

  it('does not blame the proxy where stale credentials may have been renewed in between', async () => {
    const { text } = await checkWith(
      { ...refused, code: 'InvalidSecurityToken.Expired' },
      served(() => true),
    );
    assert.match(text, /is served: either the credentials were renewed in between, or .* a defect/);
  });

  it('is not asked for when the check is interrupted meanwhile', async () => {
    const { asked } = await checkWith(refused, alike, AbortSignal.abort());
    assert.deepEqual(asked, []);
  });

  it('gives its token back, at the pace of revocations, and says whether that was done', async () => {
    const order: string[] = [];
    const given = await checkWith(
      refused,
      served(() => order.push('revoke') > 0),
    );
    assert.deepEqual([given.paces, order], [['pace'], ['revoke']]);
    assert.match(given.text, /its token is revoked$/);
    const kept = await checkWith(
      refused,
      served(() => false),
    );
    assert.match(kept.text, /its token was not revoked; it expires by itself in 70 s$/);
  });

  it('is asked about an answer that the proxy cannot read', async () => {
    const unreadable = { ...refused, class: 'fault', cause: 'unreadable', code: 'UnreadableAnswer' } as const;
    assert.equal((await checkWith(unreadable, { kind: 'unreadable' })).asked.length, 1);
  });

  const unasked: readonly (readonly [what: string, failure: Partial<GatewayFailure>])[] = [
    ['could not be reached', { class: 'fault', cause: 'unconnected' }],
    ['broke the connection', { class: 'fault', cause: 'broken' }],
    ['did not answer', { class: 'fault', cause: 'timeout' }],
    ['was not called for want of credentials', { cause: 'credentials' }],
    ['throttles', { class: 'throttled' }],
  ];
  for (const [what, failure] of unasked) {
    it(`is not asked for when the gateway ${what}`, async () => {
      const { asked, text } = await checkWith({ ...refused, ...failure }, alike);
      assert.deepEqual(asked, []);
      assert.doesNotMatch(text, /second opinion/);
    });
  }

  it('may be absent', async () => {
    assert.doesNotMatch((await checkWith(refused)).text, /second opinion/);
  });
});
