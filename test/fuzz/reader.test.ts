// The request reader, the judge of signatures and the parser of calls, over what mutation makes of real requests.
// Their known enemies have tests of their own in test/legacy; this is the search for the unknown ones.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import type { LegacyCall } from '../../src/legacy/call.ts';
import { maximumParameters, mergeParameters, type Parameters } from '../../src/legacy/parameters.ts';
import { protocolParameters, type Operation } from '../../src/legacy/operations.ts';
import { maximumResources, parseCall } from '../../src/legacy/parse.ts';
import { readParameters, type RawRequest } from '../../src/legacy/read.ts';
import { readingsOf, verify } from '../../src/legacy/signature.ts';
import { apacheMultipart, form, formData, get, post, urlencoded, type Pairs } from '../kit/legacy-wire.ts';
import { mutated } from './mutations.ts';
import { searching, seededRandom, seeds } from './seeds.ts';

const now = 1_700_000_000_000;
const hmac = (text: string, key: string) => createHmac('sha1', key).update(text).digest('base64');

const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
  fc.constantFrom('a', 'R,W', '1893456000000', 'mq', 'TopicA/+', '设备/上行', '&x=1', '%41', '+', ' '),
);
const pairs = fc.array(fc.tuple(fc.oneof(words, fc.constantFrom(...protocolParameters)), words), {
  maxLength: 12,
});
const ways = fc.constantFrom<(sent: Pairs) => RawRequest>(
  (sent) => get(urlencoded(sent)),
  (sent) => form(urlencoded(sent)),
  (sent) => post(urlencoded(sent)),
  (sent) => post(urlencoded(sent), 'application/x-www-form-urlencoded; charset=UTF-8'),
);

async function parametersIn(request: RawRequest): Promise<Parameters | undefined> {
  const read = await readParameters(request);
  if (!('kind' in read)) return read;
  assert.equal(read.code, 400);
  return undefined;
}

for (const seed of seeds) {
  describe(`the request reader, seed ${seed},`, () => {
    it('reads back what a form encodes, whatever the text', async () => {
      await fc.assert(
        fc.asyncProperty(pairs, ways, async (sent, send) => {
          const expected = new Map<string, string[]>();
          for (const [name, value] of sent) expected.set(name, [...(expected.get(name) ?? []), value]);
          const read = await readParameters(send(sent));
          const merged = mergeParameters(expected, new Map());
          assert.deepEqual(read, 'kind' in merged ? merged : new Map(merged));
        }),
        searching(seed, 400),
      );
    });

    it('gives the same parameters wherever they stand, or refuses them', async () => {
      await fc.assert(
        fc.asyncProperty(pairs, fc.nat(12), async (sent, at) => {
          const whole = await parametersIn(form(urlencoded(sent)));
          const parted = await parametersIn(form(urlencoded(sent.slice(at)), urlencoded(sent.slice(0, at))));
          const doubled = await parametersIn(form(urlencoded(sent), urlencoded(sent)));
          assert.deepEqual(doubled, whole);
          // The same list in both places counts once; else only the order of arrival matters.
          if (whole !== undefined && parted !== undefined) {
            assert.deepEqual([...parted.keys()].sort(), [...whole.keys()].sort());
          }
        }),
        searching(seed, 200),
      );
    });

    it('survives mutated bytes, and reads no more than it says', async () => {
      const corpus = [
        form('actions=R%2CW&resources=%E8%AE%BE&accessKey=K&signature=x%2Fy%3D'),
        formData([
          ['actions', 'R'],
          ['resources', '设备/上行'],
        ]),
        apacheMultipart([['token', 'ü']], 'ISO-8859-1'),
        post('token=x', 'application/x-www-form-urlencoded; charset=gbk', 'accessKey=K&token=x'),
      ];
      const donors = corpus.map(({ body }) => body) as [Buffer, ...Buffer[]];
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.constantFrom(...corpus), async (number, request) => {
          const random = seededRandom(number);
          const type = Buffer.from(request.contentType ?? '');
          const parameters = await parametersIn({
            ...request,
            queryString: mutated(Buffer.from(request.queryString), random, donors).toString('latin1'),
            contentType:
              random() < 0.5 ? request.contentType : mutated(type, random, donors).toString('latin1'),
            body: mutated(request.body, random, donors).subarray(0, 131_072),
          });
          let count = 0;
          for (const [name, values] of parameters ?? []) {
            count += values.length;
            if (
              name !== 'actions' &&
              name !== 'resources' &&
              protocolParameters.some((one) => one === name)
            ) {
              assert.equal(values.length, 1);
            }
          }
          assert.ok(count <= maximumParameters);
        }),
        searching(seed, 600, 2_500),
      );
    });
  });

  describe(`a judged request, seed ${seed},`, () => {
    /** Signed fields, written apart from the code under test. */
    const signedCall = fc.record({
      operation: fc.constantFrom<Operation>('apply', 'revoke', 'query'),
      everything: fc.boolean(),
      instance: fc.option(fc.constantFrom('post-cn-1', 'I'), { nil: undefined }),
      topics: fc.array(fc.constantFrom('A', 'B/#', '设备/上行', '+/x', 'a=b'), {
        minLength: 1,
        maxLength: 4,
      }),
      key: fc.string({ minLength: 1, maxLength: 20 }),
      extra: fc.option(fc.constantFrom('1', 'x y'), { nil: undefined }),
    });
    const request = signedCall.map(({ operation, everything, instance, topics, key, extra }) => {
      const fields: Pairs =
        operation === 'apply'
          ? [
              ['actions', 'R,W'],
              ['expireTime', '1893456000000'],
              ...(instance === undefined ? [] : ([['instanceId', instance]] as const)),
              ['resources', topics.join(',')],
              ['serviceName', 'mq'],
            ]
          : [['token', `LzMT+${topics.join('/')}==`]];
      const rest: Pairs = [
        ['accessKey', 'K'],
        ['proxyType', 'MQTT'],
        ...(extra === undefined ? [] : ([['zone', extra]] as const)),
      ];
      const signedOnes = [...fields, ...(everything ? rest : [])].sort(([a], [b]) => (a < b ? -1 : 1));
      const text = signedOnes.map(([name, value]) => `${name}=${value}`).join('&');
      const all: Pairs = [...fields, ...rest, ['signature', hmac(text, key)]];
      return { operation, key, text, all };
    });
    /** What is asked for; the account is found by the access key before, and the order of topics means nothing. */
    const meaning = (operation: Operation, parameters: Parameters): string | undefined => {
      const call: LegacyCall | { kind: string } = parseCall(operation, parameters, now);
      if ('kind' in call) return undefined;
      const { accessKey: _, ...asked } = call;
      return JSON.stringify(
        'resources' in asked ? { ...asked, resources: [...asked.resources].sort() } : asked,
      );
    };

    it('is genuine after a mutation only if it still says what was signed', async () => {
      let genuine = 0;
      await fc.assert(
        fc.asyncProperty(request, ways, fc.nat(), async ({ operation, key, text, all }, send, number) => {
          const sent = send(all);
          const original = await parametersIn(sent);
          assert.ok(original !== undefined && verify(operation, original, key).genuine);
          const random = seededRandom(number);
          const donors = [
            Buffer.from(urlencoded(all)),
            Buffer.from('&instanceId=J&resources=Secret/%23'),
          ] as const;
          const parameters = await parametersIn({
            ...sent,
            queryString: mutated(Buffer.from(sent.queryString), random, [...donors]).toString('latin1'),
            body: sent.body.length === 0 ? sent.body : mutated(sent.body, random, [...donors]),
          });
          if (parameters === undefined) return;
          const verdict = verify(operation, parameters, key);
          if (!verdict.genuine) return;
          genuine += 1;
          const texts = [...readingsOf(operation, parameters)].map(({ stringToSign }) => stringToSign);
          assert.ok(texts.includes(text), 'no reading is what was signed');
          const asked = meaning(operation, parameters);
          if (asked !== undefined) assert.equal(asked, meaning(operation, original));
        }),
        searching(seed, 800, 2_500),
      );
      assert.ok(genuine > 0, 'none survived: the search looks at nothing');
    });

    it('is judged and parsed without an exception, whatever its parameters', () => {
      const any = fc
        .array(
          fc.tuple(
            fc.oneof(fc.constantFrom(...protocolParameters), words),
            fc.array(words, { minLength: 1, maxLength: 3 }),
          ),
        )
        .map((entries) => new Map(entries));
      fc.assert(
        fc.property(
          any,
          fc.constantFrom<Operation>('apply', 'revoke', 'query'),
          words,
          (parameters, operation, key) => {
            const verdict = verify(operation, parameters, key);
            const given = parameters.get('signature')?.[0];
            if (verdict.genuine) {
              const texts = [...readingsOf(operation, parameters)].map(({ stringToSign }) => stringToSign);
              assert.ok(texts.some((text) => hmac(text, key) === given));
            }
            const call = parseCall(operation, parameters, now);
            if ('kind' in call) return assert.equal(call.code, 400);
            if (call.operation !== 'apply') return assert.notEqual(call.token, '');
            assert.ok(Number.isSafeInteger(call.expireTimeMs) && call.expireTimeMs >= now);
            assert.ok(call.resources.length > 0 && call.resources.length <= maximumResources);
            assert.match(call.instanceId ?? 'none', /^[\w-]{1,128}$/);
          },
        ),
        searching(seed, 600),
      );
    });
  });
}
