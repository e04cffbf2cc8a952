// The form of every value, and the limits of the old service (PROTOCOL section 1).
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LegacyCall } from '../../src/legacy/call.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import { parseCall } from '../../src/legacy/parse.ts';
import { parametersOf } from '../kit/legacy-wire.ts';

const now = 1_700_000_000_000;
const apply: Readonly<Record<string, string>> = {
  accessKey: 'K',
  actions: 'R',
  resources: 'T',
  expireTime: '1893456000000',
};

type Changes = Readonly<Record<string, string | string[] | undefined>>;

function parse(operation: Operation, base: Changes, changes: Changes = {}) {
  const pairs = Object.entries({ ...base, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => [name, each] as const),
  );
  return parseCall(operation, parametersOf(pairs), now);
}

function call(changes: Changes): Extract<LegacyCall, { operation: 'apply' }> {
  const result = parse('apply', apply, changes);
  assert.ok('operation' in result && result.operation === 'apply', JSON.stringify(result));
  return result;
}

function message(operation: Operation, base: Changes, changes: Changes): string {
  const result = parse(operation, base, changes);
  assert.ok('kind' in result, JSON.stringify(result));
  assert.equal(result.code, 400);
  return result.message;
}

describe('parseCall', () => {
  it('reads an apply, the instance id absent', () => {
    assert.deepEqual(call({}), {
      operation: 'apply',
      accessKey: 'K',
      actions: 'R',
      resources: ['T'],
      expireTimeMs: 1893456000000,
      instanceId: undefined,
    });
  });

  it('reads an apply with everything', () => {
    const read = call({ instanceId: 'post-cn-1_A', serviceName: 'mq', proxyType: 'MQTT', unknown: 'x' });
    assert.equal(read.instanceId, 'post-cn-1_A');
  });

  for (const operation of ['revoke', 'query'] as const) {
    it(`reads a ${operation} and keeps its token as it is`, () => {
      const token = 'LzMT+/== &=';
      assert.deepEqual(parse(operation, { accessKey: 'K', token }), { operation, accessKey: 'K', token });
    });

    it(`refuses a ${operation} without a token or with an empty one`, () => {
      assert.match(message(operation, { accessKey: 'K' }, {}), /token missing/);
      assert.match(message(operation, { accessKey: 'K' }, { token: '' }), /token is empty/);
    });
  }

  it('reads every spelling of the actions in the one documented order', () => {
    const spellings: readonly [string | string[], string][] = [
      ['R', 'R'],
      ['W', 'W'],
      ['R,W', 'R,W'],
      ['W,R', 'R,W'],
      [['W', 'R'], 'R,W'],
      [['R', 'R'], 'R'],
    ];
    for (const [actions, expected] of spellings) assert.equal(call({ actions }).actions, expected);
  });

  it('refuses actions outside the set', () => {
    for (const actions of ['', 'r', 'RW', 'R,', 'R, W', 'R,X', 'R&expireTime=1', 'R\0', 'R,W\n']) {
      assert.match(message('apply', apply, { actions }), /actions must be R, W or R,W/, actions);
    }
  });

  it('joins repeated resources, keeps their order, and drops empty entries and duplicates', () => {
    assert.deepEqual(call({ resources: ['b,,a', 'c', 'a', ''] }).resources, ['b', 'a', 'c']);
  });

  it('refuses resources that name no topic', () => {
    for (const resources of ['', ',', ['', ',,']])
      assert.match(message('apply', apply, { resources }), /no topic/);
  });

  it('allows 100 topics and refuses 101', () => {
    const topics = Array.from({ length: 101 }, (_, index) => `t${index}`);
    assert.equal(call({ resources: topics.slice(1).join(',') }).resources.length, 100);
    assert.match(message('apply', apply, { resources: topics }), /101 topics: at most 100/);
  });

  it('accepts an expiry from 60 s ahead to far beyond a month', () => {
    for (const expireTime of [String(now + 60_000), '3400000000000', `000${now + 60_000}`]) {
      assert.equal(call({ expireTime }).expireTimeMs, Number(expireTime));
    }
  });

  it('refuses an expiry that is nearer, in seconds, or past', () => {
    for (const expireTime of [String(now + 59_999), '1893456000', '0']) {
      assert.match(message('apply', apply, { expireTime }), /less than 60 s ahead/);
    }
  });

  it('refuses an expiry that is not all digits', () => {
    const forms = [
      '',
      '-1',
      '1e15',
      '1893456000000.0',
      ' 1893456000000',
      '1893456000000\n',
      '0x1b8da',
      'NaN',
    ];
    forms.push('١٨٩٣٤٥٦٠٠٠٠٠٠', '18934560000000000', '1893456000000&instanceId=post-cn-evil');
    for (const expireTime of forms) {
      assert.match(message('apply', apply, { expireTime }), /digits only/, JSON.stringify(expireTime));
    }
  });

  it('refuses an instance id of another form', () => {
    for (const instanceId of ['', 'a b', 'a&b', 'a=b', 'a/b', 'a\n', 'é', 'a\0', 'a'.repeat(129), '../x']) {
      assert.match(message('apply', apply, { instanceId }), /instanceId/, JSON.stringify(instanceId));
    }
  });

  it('refuses another service or protocol', () => {
    assert.match(message('apply', apply, { serviceName: 'ons' }), /serviceName must be mq/);
    assert.match(message('apply', apply, { serviceName: '' }), /serviceName must be mq/);
    assert.match(message('apply', apply, { proxyType: 'MQTT&resources=x' }), /proxyType must be MQTT/);
  });

  it('names every missing parameter and every mistake at once', () => {
    const missing = { actions: undefined, resources: undefined, expireTime: undefined };
    assert.match(message('apply', apply, missing), /actions, resources, expireTime missing/);
    const both = message('apply', apply, { actions: 'X', expireTime: 'soon', instanceId: '!' });
    assert.match(both, /actions.*expireTime.*instanceId/);
  });

  it('refuses lone surrogates in any value, known or not', () => {
    for (const name of ['resources', 'instanceId', 'trace', 'accessKey']) {
      assert.match(message('apply', apply, { [name]: 'a\ud800' }), new RegExp(`${name} is not valid UTF-8`));
    }
  });

  it('shows no token and no signature in a rejection', () => {
    const secrets = { token: 'tok-1-secret\ud800', signature: 'sig-1-secret\ud800' };
    assert.doesNotMatch(message('query', { accessKey: 'K', ...secrets }, {}), /secret/);
  });

  it('never throws, and gives only calls of the documented form', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('R', 'W,R', 'mq', 'MQTT', '1893456000000'),
    );
    const name = fc.oneof(
      fc.constantFrom(...Object.keys(apply), 'instanceId', 'token', '__proto__'),
      fc.string(),
    );
    const operation = fc.constantFrom('apply', 'revoke', 'query');
    fc.assert(
      fc.property(operation, fc.array(fc.tuple(name, value)), (asked, pairs) => {
        const defaults = Object.entries(apply).filter(([each]) => pairs.every(([given]) => given !== each));
        const result = parseCall(asked, parametersOf([...defaults, ...pairs]), now);
        if ('kind' in result) return assert.equal(result.code, 400);
        assert.equal(result.operation, asked);
        if (result.operation !== 'apply') return assert.notEqual(result.token, '');
        assert.ok(result.resources.length > 0 && result.resources.length <= 100);
        assert.ok(Number.isInteger(result.expireTimeMs) && result.expireTimeMs >= now + 60_000);
        assert.match(result.instanceId ?? 'absent', /^[A-Za-z0-9_-]+$/);
      }),
    );
  }).timeout(60_000);
});

describe('values beyond all measure', () => {
  const apply = (changes: Record<string, string>) =>
    parseCall(
      'apply',
      new Map(
        Object.entries({
          accessKey: 'K',
          actions: 'R',
          resources: 'TopicA',
          expireTime: '1893456000000',
          ...changes,
        }).map(([name, value]) => [name, [value]]),
      ),
      1_700_000_000_000,
    );

  it('are refused where the gateway could only choke on them: a topic, a token', () => {
    const topic = apply({ resources: 'x'.repeat(1025) });
    assert.match('kind' in topic ? topic.message : '', /a topic of more than 1024 characters/);
    const token = parseCall('query', new Map([['token', ['x'.repeat(4097)]]]), 0);
    assert.match('kind' in token ? token.message : '', /token is longer than 4096 characters/);
  });

  it('stay exact numbers: an expireTime of sixteen digits', () => {
    const call = apply({ expireTime: '9999999999999999' });
    assert.ok('expireTimeMs' in call && Number.isSafeInteger(call.expireTimeMs));
  });
});
