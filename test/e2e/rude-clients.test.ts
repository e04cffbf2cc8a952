// Clients that do what HTTP libraries would not: they get an answer where one is due, and never somebody else's.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { applyFields, callOld, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';

describe('a rude client', () => {
  let world: ProxiedWorld;
  before(async () => {
    world = await startProxiedWorld();
  });
  after(() => world.close());

  const get = () =>
    `GET /token/apply?${new URLSearchParams(signedParameters(applyFields(world.instanceId), world)).toString()} HTTP/1.1\r\nHost: p\r\n\r\n`;

  /** Everything that comes back until the server closes, or until `enough` is satisfied. */
  const converse = (bytes: string, enough: (text: string) => boolean = () => false) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(world.url);
      const socket = connect(Number(port), hostname);
      let text = '';
      const done = () => {
        socket.destroy();
        resolve(text);
      };
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (enough(text)) done();
      });
      socket.once('end', done);
      socket.once('error', reject);
      socket.write(bytes);
    });

  it('that sends rubbish behind a good request gets the good answer first, then the refusal', async () => {
    const text = await converse(`${get()}RUBBISH\r\n\r\n`);
    assert.match(text, /"code":200[^]*HTTP\/1\.1 400/);
  });

  it('that pipelines gets its answers in order', async () => {
    const missing = 'GET /token/query HTTP/1.1\r\nHost: p\r\n\r\n';
    const text = await converse(get() + missing + get(), (got) => got.split('HTTP/1.1 200').length === 4);
    const codes = [...text.matchAll(/"code":(\d+)/g)].map(([, code]) => code);
    assert.deepEqual(codes, ['200', '400', '200']);
  });

  it('that sends a target which is no URL gets JSON, no page, and nothing of it is printed', async () => {
    for (const target of [
      'http://[::/token/apply?token=planted',
      'http://h:x/other?token=planted',
      'a?token=planted',
    ]) {
      const answer = await sendRaw(world.url, `GET ${target} HTTP/1.1\r\nHost: p\r\n\r\n`);
      assert.ok(!answer.body.includes('<'), answer.body);
      assert.equal(answer.json.success, false);
      assert.ok(!answer.body.includes('planted'));
    }
  });

  it('that expects the impossible, or takes us for a forward proxy, is told so in the old shape', async () => {
    const expecting = await sendRaw(
      world.url,
      'GET /token/apply HTTP/1.1\r\nHost: p\r\nExpect: 200-maybe\r\n\r\n',
    );
    assert.equal(expecting.status, 417);
    assert.equal(expecting.json.success, false);
    const connecting = await sendRaw(world.url, 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n');
    assert.equal(connecting.status, 405);
  });

  it('that sends both a length and chunks is refused before anything is done', async () => {
    const smuggled =
      'POST /token/apply HTTP/1.1\r\nHost: p\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    assert.equal((await sendRaw(world.url, smuggled)).status, 400);
  });

  it('that has swapped key and secret does not have the secret written down', async () => {
    const swapped = { accessKey: world.secret, secret: world.accessKey };
    const { body } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), swapped);
    assert.equal(body.code, 400);
    assert.match(body.message, /wrong way round/);
    assert.ok(!body.message.includes(world.secret) && !world.logged().includes(world.secret));
  });

  it('that never sends its whole body is in flight no more once it has been answered', async () => {
    const slow = await startProxiedWorld({ config: () => ({ deadline: '300ms' }) });
    try {
      const head = 'POST /token/apply HTTP/1.1\r\nHost: p\r\nContent-Length: 500\r\n\r\naccessKey=';
      assert.equal((await sendRaw(slow.url, head)).json.code, 400);
      while ((await slow.metric('token_proxy_inflight_requests')) > 0);
    } finally {
      await slow.close();
    }
  });

  it('that hangs up has its call finished, remembered and marked as unanswered', async () => {
    world.sandbox.gateway.faults.set({ kind: 'delay', ms: 150, count: 1 });
    const leaving = new AbortController();
    const call = fetch(`${world.url}${get().split(' ')[1] ?? ''}`, { signal: leaving.signal });
    const tokens = await world.metric('token_proxy_ledger_tokens');
    while ((await world.metric('token_proxy_inflight_requests')) === 0);
    leaving.abort();
    await assert.rejects(call);
    while ((await world.metric('token_proxy_inflight_requests')) > 0);
    assert.equal(await world.metric('token_proxy_ledger_tokens'), tokens + 1);
    assert.equal(world.calls().at(-1)?.['clientLeft'], true);
  });
});
