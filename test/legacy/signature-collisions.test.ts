// No string to sign stands for two different calls: a search that re-reads each string in every way in which it can
// be cut into parameters, rather than hoping that two random requests collide.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Operation } from '../../src/legacy/operations.ts';
import { parseCall } from '../../src/legacy/parse.ts';
import { readingsOf } from '../../src/legacy/signature.ts';
import { parametersOf, type Pairs } from '../kit/legacy-wire.ts';

const now = 1_700_000_000_000;

/** What is asked, or undefined for what is refused; the order of topics means nothing to a token. */
function meaning(operation: Operation, pairs: Pairs): string | undefined {
  const call = parseCall(operation, parametersOf(pairs), now);
  if ('kind' in call) return undefined;
  return JSON.stringify(
    call.operation === 'apply' ? { ...call, resources: [...call.resources].sort() } : call,
  );
}

function texts(operation: Operation, pairs: Pairs): string[] {
  return [...readingsOf(operation, parametersOf(pairs))].map(({ stringToSign }) => stringToSign);
}

/**
 * Every request that could be behind a string: each `&` and each `=` may be structure or part of a value or name.
 * Names ascend, since readings sort them.
 */
function* cuts(text: string): Generator<Pairs> {
  const [first = '', ...rest] = text.split('&');
  yield* cutsFrom(first, rest, []);
}

function* cutsFrom(head: string, rest: readonly string[], done: Pairs): Generator<Pairs> {
  const [next, ...later] = rest;
  if (next !== undefined) yield* cutsFrom(`${head}&${next}`, later, done);
  for (let at = head.indexOf('='); at !== -1; at = head.indexOf('=', at + 1)) {
    const name = head.slice(0, at);
    if (name <= (done.at(-1)?.[0] ?? '')) continue;
    const pairs: Pairs = [...done, [name, head.slice(at + 1)]];
    if (next === undefined) yield pairs;
    else yield* cutsFrom(next, later, pairs);
  }
}

/** The meanings of all requests of this operation that share the string, and how many requests those are. */
function meaningsOf(operation: Operation, text: string): { meanings: Set<string>; requests: number } {
  const meanings = new Set<string>();
  let requests = 0;
  for (const cut of cuts(text)) {
    const named = cut.some(([name]) => name === 'accessKey');
    const pairs: Pairs = named ? cut : [...cut, ['accessKey', 'K'], ['proxyType', 'MQTT']];
    // The account is looked up by its key before anything else: other keys lead to other secrets.
    if (parametersOf(pairs).get('accessKey')?.[0] !== 'K') continue;
    const meant = meaning(operation, pairs);
    if (meant === undefined || !texts(operation, pairs).includes(text)) continue;
    meanings.add(meant);
    requests += 1;
  }
  return { meanings, requests };
}

describe('a string to sign', () => {
  const fragment = fc.constantFrom(
    'A',
    'B/#',
    ',',
    '&',
    '=',
    '&&',
    '&x=1',
    '&sdk=',
    '&instanceId=I',
    '&serviceName=mq',
    '&expireTime=1893456000000',
    'R',
    '&token=T',
    '&proxyType=MQTT',
    '&resources=B',
    '&actions=W',
    '&accessKey=K',
    'instanceId=J',
    '\ufffd',
  );
  const value = fc.array(fragment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const name = fc.oneof(
    fc.constantFrom('sdk', 'z', 'b', '0', 'remark', 'tokenX'),
    value.map((text) => `q${text}`),
  );
  const apply = fc.record({
    actions: fc.constantFrom('R', 'W,R'),
    expireTime: fc.constant('1893456000000'),
    resources: value,
    instanceId: optional(fc.constant('I')),
    proxyType: optional(fc.constantFrom('MQTT', 'MQTT&resources=B')),
    serviceName: optional(fc.constant('mq')),
  });
  const ofToken = fc.record({ token: value, proxyType: optional(value), instanceId: optional(value) });
  const request = fc.oneof(
    fc.record({ operation: fc.constant('apply' as const), known: apply }),
    fc.record({ operation: fc.constantFrom('revoke' as const, 'query' as const), known: ofToken }),
  );

  it('never stands for two different calls', () => {
    let shared = 0;
    fc.assert(
      fc.property(request, optional(fc.tuple(name, value)), ({ operation, known }, extra) => {
        const given = Object.entries(known).filter((pair): pair is [string, string] => pair[1] !== undefined);
        const pairs: Pairs = [['accessKey', 'K'], ...given, ...(extra === undefined ? [] : [extra])];
        // Not only what is accepted: whatever a client may have signed for this request.
        const sorted = [...parametersOf(pairs)].sort(([a], [b]) => (a < b ? -1 : 1));
        const naive = sorted.map(([each, values]) => `${each}=${values.join(',')}`).join('&');
        for (const text of new Set([...texts(operation, pairs), naive])) {
          if (text.split('&').length > 10) continue;
          const { meanings, requests } = meaningsOf(operation, text);
          if (requests > 0) shared += 1;
          assert.ok(meanings.size <= 1, `${text}\n${[...meanings].join('\n')}`);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(shared > 150, `only ${shared} strings stood for any call: the search looks at nothing`);
  }).timeout(60_000);

  it('never stands for an apply and for a call about a token', () => {
    const text = 'accessKey=K&actions=R&expireTime=1893456000000&resources=TopicA&serviceName=mq';
    for (const operation of ['revoke', 'query'] as const)
      assert.equal(meaningsOf(operation, text).requests, 0);
    assert.equal(meaningsOf('apply', text).requests, 1);
    assert.equal(meaningsOf('apply', 'token=T').requests, 0);
  });

  it('stays the same when values are repeated instead of joined', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c/#', ''), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list, (topics) => {
        const others: Pairs = [
          ['actions', 'R'],
          ['serviceName', 'mq'],
        ];
        const joined: Pairs = [...others, ['resources', topics.join(',')]];
        const repeated: Pairs = [...others, ...topics.map((topic) => ['resources', topic] as const)];
        assert.deepEqual(texts('apply', repeated), texts('apply', joined));
      }),
    );
  });
});
