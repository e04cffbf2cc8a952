// Strings to sign, and the readings under which real clients' signatures are accepted (PROTOCOL sections 1 and 4).
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Operation } from '../../src/legacy/operations.ts';
import { readParameters } from '../../src/legacy/read.ts';
import { describeReading, readingsOf, sign, verify } from '../../src/legacy/signature.ts';
import {
  apacheMultipart,
  form,
  formData,
  get,
  parametersOf,
  urlencoded,
  type Pairs,
} from '../kit/legacy-wire.ts';

interface Vector {
  readonly title: string;
  readonly operation: Operation;
  readonly parameters: Readonly<Record<string, string>>;
  readonly fields: 'documented' | 'everything';
  readonly stringToSign: string;
  readonly signature: string;
}

const fixture = new URL('../fixtures/signatures.json', import.meta.url);
const { secret, vectors } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  secret: string;
  vectors: Vector[];
};

const signed = (operation: Operation, pairs: Pairs, text: string) =>
  verify(operation, parametersOf([...pairs, ['signature', hmac(text)]]), secret);

/** Signing as old clients do it, apart from the code under test. */
function hmac(text: string, key = secret): string {
  return createHmac('sha1', Buffer.from(key)).update(Buffer.from(text)).digest('base64');
}

const apply: Pairs = [
  ['accessKey', 'K'],
  ['actions', 'W,R'],
  ['expireTime', '1893456000000'],
  ['instanceId', 'I'],
  ['proxyType', 'MQTT'],
  ['resources', 'b,a'],
  ['serviceName', 'mq'],
];

describe('the vectors of PROTOCOL section 4', () => {
  for (const { title, operation, parameters, fields, stringToSign, signature } of vectors) {
    it(`sign and verify ${title}`, () => {
      assert.equal(sign(secret, stringToSign), signature);
      const request = parametersOf([...Object.entries(parameters), ['signature', signature]]);
      assert.deepEqual(verify(operation, request, secret), {
        genuine: true,
        reading: { fields, sorted: [] },
      });
      const texts = [...readingsOf(operation, request)].map((each) => each.stringToSign);
      assert.ok(texts.includes(stringToSign));
    });
  }
});

describe('verify', () => {
  const documented = (actions: string, resources: string) =>
    `actions=${actions}&expireTime=1893456000000&instanceId=I&resources=${resources}&serviceName=mq`;
  const everything = (actions: string, resources: string) =>
    `accessKey=K&actions=${actions}&expireTime=1893456000000&instanceId=I&proxyType=MQTT&resources=${resources}&serviceName=mq`;

  for (const [fields, text] of Object.entries({ documented, everything })) {
    const orders = [
      { sorted: [], actions: 'W,R', resources: 'b,a' },
      { sorted: ['actions', 'resources'], actions: 'R,W', resources: 'a,b' },
      { sorted: ['actions'], actions: 'R,W', resources: 'b,a' },
      { sorted: ['resources'], actions: 'W,R', resources: 'a,b' },
    ];
    for (const { sorted, actions, resources } of orders) {
      it(`accepts ${fields} parameters signed with ${sorted.join(' and ') || 'nothing'} sorted`, () => {
        const expected = { genuine: true, reading: { fields, sorted } };
        assert.deepEqual(signed('apply', apply, text(actions, resources)), expected);
      });
    }
  }

  it('accepts repeated names like the joined value', () => {
    const others = apply.filter(([name]) => name !== 'resources' && name !== 'actions');
    const repeated: Pairs = [
      ['actions', 'W'],
      ['resources', 'c'],
      ['resources', 'b,a'],
      ['actions', 'R'],
      ...others,
    ];
    for (const text of [documented('W,R', 'c,b,a'), documented('R,W', 'a,b,c'), everything('R,W', 'c,b,a')]) {
      assert.equal(signed('apply', repeated, text).genuine, true, text);
    }
  });

  it('accepts unknown parameters: unsigned, or signed with every other', () => {
    const more: Pairs = [...apply, ['sdk', 'x y'], ['Zone', 'cn']];
    assert.equal(signed('apply', more, documented('W,R', 'b,a')).genuine, true);
    const text = everything('W,R', 'b,a').replace('&serviceName', '&sdk=x y&serviceName');
    assert.equal(signed('apply', more, `Zone=cn&${text}`).genuine, true);
    assert.equal(signed('apply', more, text).genuine, false, 'some but not all');
  });

  it('signs empty values as present', () => {
    const request: Pairs = [
      ['actions', 'R'],
      ['resources', ''],
      ['instanceId', ''],
    ];
    assert.equal(signed('apply', request, 'actions=R&instanceId=&resources=').genuine, true);
    assert.equal(signed('apply', request, 'actions=R&resources=').genuine, false);
  });

  it('says missing without a signature and mismatch with an empty or foreign one', () => {
    assert.deepEqual(verify('apply', parametersOf(apply), secret), { genuine: false, why: 'missing' });
    for (const signature of ['', 'x', '=', 'é'.repeat(14), '\ud800', 'A'.repeat(100_000), hmac('')]) {
      const verdict = verify('apply', parametersOf([...apply, ['signature', signature]]), secret);
      assert.deepEqual(verdict, { genuine: false, why: 'mismatch' });
    }
  });

  it('does not take the fields of one operation for those of another', () => {
    const request: Pairs = [...apply, ['token', 'T']];
    assert.equal(signed('apply', request, 'token=T').genuine, false);
    assert.equal(signed('query', request, 'token=T').genuine, true);
    assert.equal(signed('query', request, documented('W,R', 'b,a')).genuine, false);
  });

  it('is mismatch for any single-character change of the signature', () => {
    for (const { operation, parameters, signature } of vectors) {
      for (let at = 0; at < signature.length; at += 1) {
        for (const other of ['A', 'b', '0', '+', '/', '=', ' ', '\0', '']) {
          if (signature[at] === other) continue;
          const changed = signature.slice(0, at) + other + signature.slice(at + 1);
          const request = parametersOf([...Object.entries(parameters), ['signature', changed]]);
          assert.deepEqual(verify(operation, request, secret), { genuine: false, why: 'mismatch' }, changed);
        }
      }
    }
  });

  it('accepts whatever a client signed, over every way of sending, and only with its secret', async () => {
    const topic = fc.stringMatching(/^[\w/+#设备 %=]{1,8}$/u);
    const client = fc.record({
      topics: fc.array(topic, { minLength: 1, maxLength: 4 }),
      actions: fc.constantFrom('R', 'W', 'R,W', 'W,R'),
      instanceId: fc.option(fc.constantFrom('post-cn-1', 'I'), { nil: undefined }),
      signsEverything: fc.boolean(),
      sorts: fc.boolean(),
      key: fc.string({ minLength: 1 }),
      send: fc.constantFrom<(pairs: Pairs) => Parameters<typeof readParameters>[0]>(
        (pairs) => get(urlencoded(pairs)),
        (pairs) => form(urlencoded(pairs)),
        (pairs) => form(urlencoded(pairs.slice(2)), urlencoded(pairs.slice(0, 2))),
        (pairs) => form(urlencoded(pairs), urlencoded(pairs)),
        formData,
        (pairs) => apacheMultipart(pairs, 'UTF-8'),
      ),
    });
    await fc.assert(
      fc.asyncProperty(client, async ({ topics, actions, instanceId, signsEverything, sorts, key, send }) => {
        const pairs: Pairs = [
          ['accessKey', 'K'],
          ['actions', actions],
          ['expireTime', '1893456000000'],
          ...(instanceId === undefined ? [] : ([['instanceId', instanceId]] as const)),
          ['proxyType', 'MQTT'],
          ['resources', topics.join(',')],
          ['serviceName', 'mq'],
        ];
        const text = pairs
          .filter(([name]) => signsEverything || (name !== 'accessKey' && name !== 'proxyType'))
          .map(([name, value]) => `${name}=${sorts ? value.split(',').sort().join(',') : value}`)
          .join('&');
        const read = await readParameters(send([...pairs, ['signature', hmac(text, key)]]));
        assert.ok(!('kind' in read));
        const verdict = verify('apply', read, key);
        assert.ok(verdict.genuine);
        assert.equal(verdict.reading.fields, signsEverything ? 'everything' : 'documented');
        assert.deepEqual(verify('apply', read, `${key}x`), { genuine: false, why: 'mismatch' });
      }),
      { numRuns: 300 },
    );
  });
});

describe('describeReading', () => {
  it('puts a reading in words', () => {
    const asSent = describeReading({ fields: 'documented', sorted: [] });
    assert.equal(asSent, 'documented fields, values as sent');
    const sorted = describeReading({ fields: 'everything', sorted: ['actions', 'resources'] });
    assert.equal(sorted, 'every parameter but signature, actions and resources sorted');
  });
});

describe('a list longer than any token can have', () => {
  it('is only read as sent, so that nobody can make the server sort', () => {
    const list = Array.from({ length: 30_000 }, (_, index) => String(30_000 - index)).join(',');
    const parameters = new Map([
      ['actions', [list]],
      ['resources', [list]],
      ['accessKey', ['K']],
    ]);
    const readings = [...readingsOf('apply', parameters)].map(({ reading }) => reading);
    assert.deepEqual(readings, [
      { fields: 'documented', sorted: [] },
      { fields: 'everything', sorted: [] },
    ]);
  });
});
