// The old leg over TLS: certificates are verified, and nothing is sent to a server that has none to trust.
import assert from 'node:assert/strict';
import { front, makeIdentity, rawOrigin, until, type Front, type RawOrigin } from './forward-kit.ts';

const get = 'GET /token/query?token=x HTTP/1.1\r\nHost: a\r\n\r\n';

describe('the old leg over TLS', () => {
  let origin: RawOrigin;
  let trusting: Front;
  let strict: Front;
  let baseUrl = '';
  const identity = makeIdentity();
  before(async () => {
    origin = await rawOrigin(identity);
    trusting = await front({ baseUrl: () => baseUrl, ca: identity.cert });
    strict = await front({ baseUrl: () => baseUrl });
  });
  beforeEach(() => (baseUrl = origin.url));
  after(async () => {
    await trusting.close();
    await strict.close();
    await origin.close();
  });

  it('refuses a self-signed certificate before anything is sent, for calls and for other requests', async () => {
    const outcome = await strict.forward(get);
    assert.ok(outcome.kind === 'failure');
    assert.deepEqual([outcome.cause, outcome.detail], ['unconnected', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
    const client = strict.dial('GET /pass HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.match(await client.until((text) => text.endsWith('}')), /^HTTP\/1\.1 502 /);
    assert.equal(origin.arrived.length, 0);
  });

  it('refuses a trusted certificate for another name', async () => {
    baseUrl = `https://127.0.0.1:${origin.port}`;
    const outcome = await trusting.forward(get);
    assert.ok(outcome.kind === 'failure');
    assert.deepEqual([outcome.cause, outcome.detail], ['unconnected', 'ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('accepts a certificate that the given authority has signed, and keeps the connection', async () => {
    const before = origin.accepted();
    for (let index = 0; index < 5; index += 1) assert.equal((await trusting.forward(get)).kind, 'answer');
    assert.equal(origin.accepted(), before + 1);
    assert.ok(origin.arrived.at(-1)?.headers.includes(`Host: localhost:${origin.port}`));
  });

  it('says of a kept connection that it had served before when it dies', async () => {
    assert.equal((await trusting.forward(get)).kind, 'answer');
    for (const die of ['end', 'destroy'] as const) {
      const answer = origin.answer;
      origin.answer = ({ socket }) => void socket[die]();
      const outcome = await trusting.forward(get);
      origin.answer = answer;
      assert.ok(outcome.kind === 'failure');
      assert.deepEqual([outcome.cause, outcome.reusedConnection], ['broken', true]);
      assert.equal((await trusting.forward(get)).kind, 'answer');
    }
  });

  it('is broken, not unconnected, when a fresh connection dies after the request', async () => {
    const fresh = await front({ baseUrl: () => baseUrl, ca: identity.cert });
    const answer = origin.answer;
    origin.answer = ({ socket }) => void socket.destroy();
    const outcome = await fresh.forward(get);
    origin.answer = answer;
    await fresh.close();
    assert.ok(outcome.kind === 'failure');
    assert.deepEqual([outcome.cause, outcome.reusedConnection], ['broken', false]);
  });

  it('is unconnected when the other side does not speak TLS', async () => {
    const plain = await rawOrigin();
    baseUrl = `https://localhost:${plain.port}`;
    const dies = until(() => plain.sockets.size > 0).then(() =>
      plain.sockets.forEach((socket) => socket.end('HTTP/1.1 400 X\r\n\r\n')),
    );
    const outcome = await trusting.forward(get);
    await dies;
    await plain.close();
    assert.equal(outcome.kind === 'failure' && outcome.cause, 'unconnected');
  });
});
