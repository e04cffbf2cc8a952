// A signature that was made for one request must not serve another: the attacks that are known by name.
// signature-collisions.test.ts searches for those that are not.
import assert from 'node:assert/strict';
import type { Operation } from '../../src/legacy/operations.ts';
import { parseCall } from '../../src/legacy/parse.ts';
import { readingsOf, sign, verify, type Verdict } from '../../src/legacy/signature.ts';
import { parametersOf, type Pairs } from '../kit/legacy-wire.ts';

const secret = 'sandboxSecret0123456789abcdefgh';
const now = 1_700_000_000_000;
/** The second vector of PROTOCOL section 4: no instance id. */
const captured = 'Qa3ivmoeV7R3oJnIYFLDjtTzSAc=';
const plain: Pairs = [
  ['accessKey', 'K'],
  ['actions', 'R'],
  ['resources', 'TopicA'],
  ['serviceName', 'mq'],
];

function attempt(operation: Operation, pairs: Pairs, signature: string) {
  const parameters = parametersOf([...pairs, ['signature', signature]]);
  return { verdict: verify(operation, parameters, secret), parsed: parseCall(operation, parameters, now) };
}

function texts(operation: Operation, pairs: Pairs): string[] {
  return [...readingsOf(operation, parametersOf(pairs))].map(({ stringToSign }) => stringToSign);
}

describe('a captured signature', () => {
  const expired: Pairs = [...plain, ['expireTime', '1893456000000']];
  const mismatch: Verdict = { genuine: false, why: 'mismatch' };

  it('serves the request that it was made for', () => {
    assert.equal(attempt('apply', expired, captured).verdict.genuine, true);
  });

  it('does not serve with an instance id appended', () => {
    for (const instanceId of ['post-cn-evil', '']) {
      assert.deepEqual(
        attempt('apply', [...expired, ['instanceId', instanceId]], captured).verdict,
        mismatch,
      );
    }
  });

  it('does not serve with an instance id spliced into the expiry', () => {
    const text = 'actions=R&expireTime=1893456000000&instanceId=post-cn-evil&resources=TopicA&serviceName=mq';
    const spliced: Pairs = [...plain, ['expireTime', '1893456000000&instanceId=post-cn-evil']];
    assert.ok('kind' in attempt('apply', spliced, sign(secret, text)).parsed);
    const freed: Pairs = [...expired, ['instanceId', 'post-cn-evil']];
    assert.deepEqual(attempt('apply', freed, captured).verdict, mismatch);
  });

  it('does not serve with another access key, where every parameter was signed', () => {
    const text = 'accessKey=K&actions=R&expireTime=1893456000000&resources=TopicA&serviceName=mq';
    const other: Pairs = [['accessKey', 'L'], ...expired.slice(1)];
    assert.deepEqual(attempt('apply', other, sign(secret, text)).verdict, mismatch);
  });

  it('does not serve with a parameter less or a value moved to an unknown name', () => {
    for (const gone of ['actions', 'resources', 'expireTime', 'serviceName']) {
      const renamed = expired.map(([name, value]) => [name === gone ? `${name}2` : name, value] as const);
      assert.deepEqual(attempt('apply', renamed, captured).verdict, mismatch, gone);
    }
  });

  for (const name of ['instanceId', 'serviceName', 'accessKey', 'proxyType', 'token', 'actions']) {
    it(`is ambiguous with ${name} hidden in a topic`, () => {
      const pairs: Pairs = [...expired, ['resources', `x&${name}=I`]];
      for (const text of texts('apply', expired)) {
        assert.deepEqual(attempt('apply', pairs, sign(secret, text)).verdict, {
          genuine: false,
          why: 'ambiguous',
        });
      }
    });
  }

  it('does not serve a name that swallows a pair, or a value of an unknown parameter that does', () => {
    const text =
      'accessKey=K&actions=R&expireTime=1893456000000&instanceId=I&proxyType=MQTT&resources=TopicA&serviceName=mq';
    const swallowing: readonly (readonly [string, string])[] = [
      ['instanceId=I&proxyType', 'MQTT'],
      ['instanceId', 'I&proxyType=MQTT'],
      ['expireTime=1893456000000&instanceId=I&proxyType', 'MQTT'],
    ];
    for (const pair of swallowing) {
      assert.deepEqual(attempt('apply', [...expired, pair], sign(secret, text)).verdict, mismatch, pair[0]);
    }
  });

  it('does not turn an unknown parameter into topics, where every parameter was signed', () => {
    const text =
      'accessKey=K&actions=R&expireTime=1893456000000&resources=TopicA&sdk=1,Secret/#&serviceName=mq';
    const honest: Pairs = [...expired, ['sdk', '1,Secret/#']];
    assert.equal(attempt('apply', honest, sign(secret, text)).verdict.genuine, true);
    const folded = expired.map(
      ([name, value]) => [name, name === 'resources' ? 'TopicA&sdk=1,Secret/#' : value] as const,
    );
    assert.deepEqual(attempt('apply', folded, sign(secret, text)).verdict, mismatch);
  });

  it('does not turn an unknown parameter into a part of a token, or back', () => {
    const text = 'accessKey=K&token=T&zone=cn';
    const honest: Pairs = [
      ['accessKey', 'K'],
      ['token', 'T'],
      ['zone', 'cn'],
    ];
    assert.equal(attempt('revoke', honest, sign(secret, text)).verdict.genuine, true);
    const folded: Pairs = [
      ['accessKey', 'K'],
      ['token', 'T&zone=cn'],
    ];
    assert.deepEqual(attempt('revoke', folded, sign(secret, text)).verdict, mismatch);
  });
});
