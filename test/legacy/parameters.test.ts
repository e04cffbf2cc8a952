// Merging of query string and body as a servlet container does it, and the names that may come only once.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Rejection } from '../../src/legacy/call.ts';
import {
  maximumParameters,
  mergeParameters,
  single,
  topicsOf,
  type Parameters,
} from '../../src/legacy/parameters.ts';

type Fields = Record<string, string[]>;

function merge(query: Fields, body: Fields): Parameters | Rejection {
  return mergeParameters(new Map(Object.entries(query)), new Map(Object.entries(body)));
}

function merged(query: Fields, body: Fields): [string, readonly string[]][] {
  const result = merge(query, body);
  assert.ok(!('kind' in result), 'a rejection');
  return [...result];
}

describe('mergeParameters', () => {
  it('puts the query string before the body', () => {
    assert.deepEqual(merged({ resources: ['a'], token: ['t'] }, { resources: ['b'], accessKey: ['k'] }), [
      ['resources', ['a', 'b']],
      ['token', ['t']],
      ['accessKey', ['k']],
    ]);
  });

  it('counts the same values in both places once', () => {
    assert.deepEqual(
      merged({ accessKey: ['k'], actions: ['R', 'W'] }, { accessKey: ['k'], actions: ['R', 'W'] }),
      [
        ['accessKey', ['k']],
        ['actions', ['R', 'W']],
      ],
    );
  });

  it('reads a single-valued name that came twice with one value as having come once', () => {
    assert.deepEqual(merged({ instanceId: ['i', 'i'], token: ['t'] }, { token: ['t', 't'] }), [
      ['instanceId', ['i']],
      ['token', ['t']],
    ]);
  });

  it('changes neither of its arguments', () => {
    const query = new Map([['resources', ['a']]]);
    const body = new Map([['resources', ['b']]]);
    mergeParameters(query, body);
    assert.deepEqual(
      [...query, ...body],
      [
        ['resources', ['a']],
        ['resources', ['b']],
      ],
    );
  });

  for (const name of [
    'instanceId',
    'expireTime',
    'serviceName',
    'accessKey',
    'proxyType',
    'token',
    'signature',
  ]) {
    it(`refuses ${name} with two values, in one place or spread over both, with code 400`, () => {
      for (const result of [
        merge({ [name]: ['secret-a', 'secret-b'] }, {}),
        merge({}, { [name]: ['secret-a', 'secret-b'] }),
        merge({ [name]: ['secret-a'] }, { [name]: ['secret-b'] }),
        merge({ [name]: ['secret-a'] }, { [name]: [''] }),
      ]) {
        assert.ok('kind' in result);
        assert.equal(result.code, 400);
        assert.match(result.message, new RegExp(name));
        assert.doesNotMatch(result.message, /secret-/);
      }
    });
  }

  it('accepts names that the protocol does not know with several values', () => {
    assert.deepEqual(merged({ trace: ['1', '2'] }, {}), [['trace', ['1', '2']]]);
  });

  it('reads as many parameters as it says and refuses one more, wherever they are', () => {
    const values = Array.from({ length: maximumParameters }, (_, index) => String(index));
    assert.equal(merged({ resources: values }, {}).length, 1);
    for (const result of [
      merge({ resources: [...values, 'x'] }, {}),
      merge({ resources: values }, { token: ['t'] }),
      merge({ token: ['t'] }, { resources: values }),
    ]) {
      assert.ok('kind' in result);
      assert.equal(result.code, 400);
    }
  });

  it('treats names of the object prototype as plain names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'kind', 'hasOwnProperty'];
    const query = new Map(names.map((name) => [name, ['x']]));
    const result = mergeParameters(query, new Map());
    assert.ok(result instanceof Map);
    assert.deepEqual([...result.keys()], names);
  });
});

describe('single', () => {
  it('is the value, an empty one too, and undefined for a name that was not sent', () => {
    const parameters = new Map([['token', ['']]]);
    assert.equal(single(parameters, 'token'), '');
    assert.equal(single(parameters, 'accessKey'), undefined);
    assert.equal(single(parameters, '__proto__'), undefined);
  });
});

describe('topicsOf', () => {
  for (const [values, topics] of [
    [undefined, []],
    [[''], []],
    [['a'], ['a']],
    [['b,a'], ['b', 'a']],
    [['b,,a,b,'], ['b', 'a']],
    [
      ['b', 'a,b', ''],
      ['b', 'a'],
    ],
  ] as const) {
    it(`finds ${JSON.stringify(topics)} in ${values === undefined ? 'nothing' : JSON.stringify(values)}`, () => {
      assert.deepEqual(topicsOf(new Map(values && [['resources', values]])), topics);
    });
  }

  it('gives every topic once, in the order of the first mention, however many there are', () => {
    const values = fc.array(
      fc.array(fc.constantFrom('', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k')),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(values, (lists) => {
        const mentioned = new Set(lists.flat());
        mentioned.delete('');
        const found = topicsOf(new Map([['resources', lists.map((list) => list.join(','))]]));
        assert.deepEqual(found, [...mentioned]);
      }),
    );
  });
});
