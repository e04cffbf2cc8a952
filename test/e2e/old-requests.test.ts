// Every form in which real clients send the old protocol, over real sockets, and what is refused.
import assert from 'node:assert/strict';
import { applyFields, callOld, oldSignature, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';

const type = 'Content-Type: application/x-www-form-urlencoded';

describe('an old request', () => {
  let world: ProxiedWorld;
  before(async () => {
    world = await startProxiedWorld({
      config: ({ gateway }) => ({
        deadline: '700ms',
        backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout: '500ms' } },
      }),
    });
  });
  after(() => world.close());

  const parameters = (overrides: Record<string, string> = {}) =>
    signedParameters(applyFields(world.instanceId, overrides), world);
  const encoded = (fields: Record<string, string> = parameters()) => new URLSearchParams(fields).toString();
  const post = (body: string, head = type, target = '/token/apply', version = '1.1') =>
    `POST ${target} HTTP/${version}\r\nHost: proxy\r\n${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const chunked = (body: string) =>
    `POST /token/apply HTTP/1.1\r\nHost: proxy\r\n${type}\r\nTransfer-Encoding: chunked\r\n\r\n` +
    `${(10).toString(16)}\r\n${body.slice(0, 10)}\r\n${(body.length - 10).toString(16)}\r\n${body.slice(10)}\r\n0\r\n\r\n`;

  const accepted: Record<string, () => string> = {
    'a form with a charset': () => post(encoded(), `${type}; charset=UTF-8`),
    'a form without a charset': () => post(encoded()),
    'a form without a content type': () => post(encoded(), 'X-Nothing: 1'),
    'a GET with everything in the query string': () =>
      `GET /token/apply?${encoded()} HTTP/1.1\r\nHost: proxy\r\n\r\n`,
    'a POST with everything in the query string': () => post('', type, `/token/apply?${encoded()}`),
    'a POST with half of it in the query string': () => {
      const half = Object.entries(parameters());
      const query = encoded(Object.fromEntries(half.slice(0, 4)));
      return post(encoded(Object.fromEntries(half.slice(4))), type, `/token/apply?${query}`);
    },
    'a POST with all of it in both places': () => {
      const all = encoded();
      return post(all, type, `/token/apply?${all}`);
    },
    'a trailing slash': () => post(encoded(), type, '/token/apply/'),
    'a doubled slash': () => post(encoded(), type, '//token/apply'),
    'the absolute form of the target': () => post(encoded(), type, 'http://mqauth.example/token/apply'),
    'HTTP/1.0 without a Host': () => {
      const all = encoded();
      return `POST /token/apply HTTP/1.0\r\n${type}\r\nContent-Length: ${all.length}\r\n\r\n${all}`;
    },
    'HTTP/1.1 without a Host': () => post(encoded()).replace('Host: proxy\r\n', ''),
    'Expect: 100-continue': () => post(encoded(), `${type}\r\nExpect: 100-continue`),
    'a chunked body': () => chunked(encoded()),
    'no instance id': () => post(encoded(signedParameters(applyFields(undefined), world))),
    'every parameter signed': () => {
      const all = { ...applyFields(world.instanceId), accessKey: world.accessKey, proxyType: 'MQTT' };
      return post(encoded({ ...all, signature: oldSignature(all, world.secret) }));
    },
    'unsorted values signed as sent': () => post(encoded(parameters({ actions: 'W,R', resources: 'b,a' }))),
    'unsorted values signed sorted': () => {
      const signature = oldSignature(
        applyFields(world.instanceId, { resources: 'a,b', expireTime: '1893456000000' }),
        world.secret,
      );
      const fields = applyFields(world.instanceId, {
        actions: 'W,R',
        resources: 'b,a',
        expireTime: '1893456000000',
      });
      return post(encoded({ ...fields, accessKey: world.accessKey, signature }));
    },
    'a name that is repeated': () => {
      const { resources: _, ...rest } = signedParameters(
        applyFields(world.instanceId, { resources: 'a,b' }),
        world,
      );
      return post(`${encoded(rest)}&resources=a&resources=b`);
    },
    'an expiry that had the current time added twice': () =>
      post(encoded(parameters({ expireTime: String(2 * Date.now()) }))),
    'a topic in Chinese': () => post(encoded(parameters({ resources: '设备/上行' }))),
  };
  for (const [what, bytes] of Object.entries(accepted)) {
    it(`with ${what} gets a token`, async () => {
      const answer = await sendRaw(world.url, bytes());
      assert.equal(answer.status, 200);
      assert.equal(answer.json.code, 200, answer.body);
      assert.match(answer.json.tokenData ?? '', /^LzMT\+/);
      assert.deepEqual(Object.keys(answer.json), ['success', 'message', 'code', 'tokenData']);
    });
  }

  const expireTime = '1893456000000';
  const documented = { expireTime, actions: 'R,W', resources: 'TopicA/+,TopicB/#', serviceName: 'mq' };
  const refused: Record<string, { bytes: () => string; code: number; says: RegExp }> = {
    'an instance id appended to a request that was signed without one': {
      bytes: () => post(encoded({ ...signedParameters(documented, world), instanceId: world.instanceId })),
      code: 407,
      says: /signature mismatch/,
    },
    'an instance id spliced into a signed value': {
      bytes: () => {
        const signed = signedParameters({ ...documented, instanceId: world.instanceId }, world);
        const { instanceId, ...rest } = signed;
        return post(encoded({ ...rest, expireTime: `${expireTime}&instanceId=${instanceId}` }));
      },
      code: 400,
      says: /expireTime must be/,
    },
    'a wrong secret': {
      bytes: () => post(encoded(signedParameters(documented, { ...world, secret: 'wrong' }))),
      code: 407,
      says: /signature mismatch: expected base64\(HMAC-SHA1/,
    },
    'no signature': {
      bytes: () => post(encoded({ ...documented, accessKey: world.accessKey })),
      code: 407,
      says: /signature missing/,
    },
    'a wrong signature and wrong parameters, the signature first': {
      bytes: () => post(encoded({ ...documented, actions: 'X', accessKey: world.accessKey, signature: 'x' })),
      code: 407,
      says: /signature/,
    },
    'an unknown access key, which is named': {
      bytes: () => post(encoded({ ...documented, accessKey: 'LTAINOBODY', signature: 'x' })),
      code: 400,
      says: /"LTAINOBODY" is not configured/,
    },
    'no access key': { bytes: () => post(encoded(documented)), code: 400, says: /accessKey missing/ },
    'an expiry in the past': {
      bytes: () => post(encoded(parameters({ expireTime: '1000' }))),
      code: 400,
      says: /expireTime 1000 is less than 60 s ahead/,
    },
    '101 topics': {
      bytes: () =>
        post(encoded(parameters({ resources: Array.from({ length: 101 }, (_, i) => `t${i}`).join(',') }))),
      code: 400,
      says: /101 topics: at most 100/,
    },
    'several mistakes, all named': {
      bytes: () => post(encoded(signedParameters({ actions: 'Q', expireTime: 'soon' }, world))),
      code: 400,
      says: /resources missing; actions must be .*; expireTime must be/,
    },
    'a JSON body': {
      bytes: () => post('{"actions":"R"}', 'Content-Type: application/json'),
      code: 400,
      says: /x-www-form-urlencoded or multipart/,
    },
    'a compressed body': {
      bytes: () => post('xx', `${type}\r\nContent-Encoding: gzip`),
      code: 400,
      says: /compressed/,
    },
    'another method': {
      bytes: () => `DELETE /token/apply HTTP/1.1\r\nHost: proxy\r\n\r\n`,
      code: 400,
      says: /DELETE is not supported: use GET or POST/,
    },
    'a body over 128 KiB': {
      bytes: () => post(`resources=${'a'.repeat(129 * 1024)}`),
      code: 400,
      says: /too large: at most 128 KiB/,
    },
    'a body of nearly 1 MiB, read to its end': {
      bytes: () => post(`resources=${'a'.repeat(1000 * 1024)}`),
      code: 400,
      says: /too large/,
    },
    'a query string over 128 KiB': {
      bytes: () => `GET /token/apply?resources=${'a'.repeat(130 * 1024)} HTTP/1.1\r\nHost: proxy\r\n\r\n`,
      code: 400,
      says: /too large/,
    },
    'a body that never comes': {
      bytes: () =>
        `POST /token/apply HTTP/1.1\r\nHost: proxy\r\n${type}\r\nContent-Length: 500\r\n\r\naccessKey=`,
      code: 400,
      says: /did not arrive whole within 700 ms/,
    },
  };
  for (const [what, { bytes, code, says }] of Object.entries(refused)) {
    it(`with ${what} is refused with ${code} under HTTP 200`, async () => {
      const answer = await sendRaw(world.url, bytes());
      assert.equal(answer.status, 200);
      assert.equal(answer.json.code, code, answer.body);
      assert.equal(answer.json.success, false);
      assert.match(answer.json.message ?? '', says);
    });
  }

  it('that is no HTTP at all is answered in the old shape too, and the server goes on', async () => {
    const answer = await sendRaw(world.url, 'not http\r\n\r\n');
    assert.equal(answer.status, 400);
    assert.equal(answer.json.success, false);
    assert.equal(
      (await callOld(world.url, '/token/apply', applyFields(world.instanceId), world)).body.code,
      200,
    );
  });

  it('with headers beyond every measure is refused with 431', async () => {
    const answer = await sendRaw(
      world.url,
      `GET /token/apply HTTP/1.1\r\nHost: proxy\r\nX-Big: ${'a'.repeat(200_000)}\r\n\r\n`,
    );
    assert.equal(answer.status, 431);
  });

  it('keeps its connection through many calls', async () => {
    const answer = await sendRaw(world.url, post(encoded()));
    assert.match(answer.head, /connection: keep-alive/i);
  });

  it('has its request id taken over when it is sane, and replaced when it is not', async () => {
    const sane = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world, {
      'x-request-id': 'abc-1',
    });
    assert.equal(sane.headers.get('x-request-id'), 'abc-1');
    const wild = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world, {
      'x-request-id': 'a b"c',
    });
    assert.match(wild.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('is told which backend answered', async () => {
    const served = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.equal(served.headers.get('x-token-proxy-backend'), 'gateway');
    const refusedCall = await callOld(world.url, '/token/apply', {}, world);
    assert.equal(refusedCall.headers.get('x-token-proxy-backend'), null);
  });
});
