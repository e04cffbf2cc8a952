// Requests that are none of ours, streamed through to the old service and back.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { front, plainAnswer, rawOrigin, until, type Front, type RawOrigin } from './forward-kit.ts';

const get = 'GET /pass?token=secret HTTP/1.1\r\nHost: a\r\n\r\n';
const headEnd = (text: string): boolean => text.includes('\r\n\r\n');
const refused = (text: string): boolean => /^HTTP\/1\.1 50\d [^]*\}$/.test(text);

describe('a request that is passed on', () => {
  let origin: RawOrigin;
  let proxy: Front;
  let baseUrl = '';
  let timeoutMs = 5_000;
  const settings = { own: { 'X-Own': 'ours' }, timeoutMs: () => timeoutMs, baseUrl: () => baseUrl };
  beforeEach(async () => {
    timeoutMs = 5_000;
    origin = await rawOrigin();
    baseUrl = origin.url;
    proxy = await front(settings);
  });
  afterEach(async () => {
    await proxy.close();
    await origin.close();
  });

  async function exchange(bytes: string, enough: (text: string) => boolean): Promise<string> {
    const client = proxy.dial(bytes);
    const text = await client.until(enough);
    client.socket.destroy();
    return text;
  }
  const lines = (text: string): string[] =>
    text.split('\r\n').filter((line) => !/^(?:date|connection|keep-alive):/i.test(line));

  it('keeps target and headers as they came, and the answer with ours beside it', async () => {
    origin.answer = ({ socket }) =>
      socket.write(
        'HTTP/1.1 418 Tea Pot\r\nset-cookie: a\r\nX-a: 1\r\nSet-Cookie: b\r\nx-own: theirs\r\nContent-Length: 2\r\n\r\nok',
      );
    const text = await exchange(
      'REPORT /pass//%7e?x=%41&& HTTP/1.1\r\nX-b: 1\r\nhost: a\r\nX-C: 2\r\nx-B: 3\r\nCONTENT-length: 3\r\n' +
        'Connection: X-C\r\n\r\na=b',
      (sofar) => sofar.endsWith('ok'),
    );
    const [arrived] = origin.arrived;
    assert.equal(arrived?.requestLine, 'REPORT /pass//%7e?x=%41&& HTTP/1.1');
    assert.deepEqual(arrived.headers, [
      'X-b: 1',
      `host: 127.0.0.1:${origin.port}`,
      'x-B: 3',
      'CONTENT-length: 3',
      'Connection: keep-alive',
    ]);
    assert.equal(arrived.body.toString(), 'a=b');
    assert.deepEqual(lines(text), [
      'HTTP/1.1 418 Tea Pot',
      'set-cookie: a',
      'X-a: 1',
      'Set-Cookie: b',
      'Content-Length: 2',
      'X-Own: ours',
      '',
      'ok',
    ]);
  });

  it('streams both ways: nothing waits for the end of a body', async () => {
    let seen = '';
    origin.atHead = (socket) => {
      socket.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    };
    origin.answer = ({ socket }) => socket.write('3\r\ntwo\r\n0\r\n\r\n');
    const client = proxy.dial(
      'DELETE /pass HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    );
    assert.match(await client.until((text) => text.includes('one')), /chunked[^]*\r\n3\r\none\r\n$/);
    client.socket.write('3\r\ndef\r\n');
    await until(() => seen.includes('def'));
    client.socket.write('0\r\n\r\n');
    await client.until((text) => text.endsWith('0\r\n\r\n'));
    client.socket.destroy();
    assert.equal(origin.arrived[0]?.body.toString(), '3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n');
    assert.ok(origin.arrived[0].headers.includes('Transfer-Encoding: chunked'));
  });

  it('ends an answer without length with the connection for a client of HTTP/1.0', async () => {
    origin.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n');
    const text = await exchange('GET /pass HTTP/1.0\r\n\r\n', () => false);
    assert.match(text, /\r\n\r\none$/);
  });

  it('knows answers without a body', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n');
    assert.match(await exchange(get.replace('GET', 'HEAD'), headEnd), /Content-Length: 99\r\n[^]*\r\n\r\n$/);
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 304 X\r\nETag: 1\r\n\r\n');
    assert.match(await exchange(get, headEnd), /^HTTP\/1.1 304 X\r\nETag: 1\r\n[^]*\r\n\r\n$/);
  });

  it('treats an upgrade as an ordinary request', async () => {
    const text = await exchange(
      'GET /pass HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
      (sofar) => sofar.endsWith('{}'),
    );
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.deepEqual(origin.arrived[0]?.headers.slice(1), [
      'Sec-WebSocket-Version: 13',
      'Connection: keep-alive',
    ]);
  });

  it('cuts the client off when the old service dies in mid body', async () => {
    for (const die of ['destroy', 'resetAndDestroy', 'end'] as const) {
      origin.answer = ({ socket }) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () => void socket[die]());
      const client = proxy.dial(get);
      await until(() => client.socket.closed);
      assert.doesNotMatch(client.text(), /half.+/);
    }
  });

  it('cuts the client off when nothing moves any more', async () => {
    await proxy.close();
    proxy = await front({ ...settings, streamIdleMs: 30 });
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    const client = proxy.dial(get);
    await until(() => client.socket.closed);
    await until(() => origin.sockets.size === 0);
  });

  it('leaves the old service when the client leaves: before, in and without an answer', async () => {
    const starts = [
      [get, ''],
      [get, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'],
      ['POST /pass HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', ''],
    ] as const;
    for (const [bytes, answer] of starts) {
      origin.answer = ({ socket }) => socket.write(answer);
      const client = proxy.dial(bytes);
      await until(() => origin.sockets.size === 1);
      if (answer !== '') await client.until((text) => text.endsWith('half'));
      client.socket.resetAndDestroy();
      await until(() => origin.sockets.size === 0);
    }
  });

  it('answers 502 when nobody listens, and repeats nothing of the request', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    baseUrl = `http://127.0.0.1:${port}/secret`;
    const text = await exchange(get, refused);
    assert.match(text, /^HTTP\/1\.1 502 [^]*X-Own: ours/);
    assert.deepEqual(JSON.parse(text.split('\r\n\r\n')[1] ?? ''), {
      success: false,
      message: 'the old service cannot be reached or broke off',
      code: 502,
    });
    assert.doesNotMatch(text, /secret|127\.0\.0\.1/);
  });

  it('answers 502 to an answer that is none', async () => {
    for (const bytes of ['nonsense\r\n\r\n', 'HTTP/1.1 200 a\x01b\r\nContent-Length: 0\r\n\r\n']) {
      origin.answer = ({ socket }) => socket.write(bytes, 'latin1');
      assert.match(await exchange(get, refused), /^HTTP\/1\.1 502 /);
      await until(() => origin.sockets.size === 0);
    }
  });

  it('answers 504 when no headers come in time, and leaves the old service', async () => {
    timeoutMs = 30;
    origin.answer = () => undefined;
    const text = await exchange(get, refused);
    assert.match(text, /^HTTP\/1\.1 504 /);
    assert.doesNotMatch(text, /secret/);
    await until(() => origin.sockets.size === 0);
  });

  it('lets an answer run longer than the limit for its headers', async () => {
    timeoutMs = 40;
    origin.answer = ({ socket }) => {
      origin.answer = () => undefined;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na');
    };
    const client = proxy.dial(get);
    await client.until((text) => text.endsWith('a'));
    // One that began later has run into the same limit.
    assert.match(await exchange(get, refused), /^HTTP\/1\.1 504 /);
    origin.arrived[0]?.socket.write('b');
    assert.match(await client.until((text) => text.endsWith('b')), /ab$/);
    client.socket.destroy();
  });

  it('delivers an early answer to a client that is still sending, then keeps serving it', async () => {
    origin.atHead = (socket) => {
      origin.atHead = () => undefined;
      socket.end('HTTP/1.1 413 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    };
    const client = proxy.dial('POST /pass HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n');
    await client.until((text) => text.endsWith('no'));
    client.socket.write('x'.repeat(200_000) + get);
    assert.match(await client.until((text) => text.endsWith('{}')), /^HTTP\/1\.1 413 [^]*HTTP\/1\.1 200 /);
    client.socket.destroy();
  });

  it('answers 503 beyond its number of streams, until one of them ends', async () => {
    await proxy.close();
    proxy = await front({ ...settings, maxStreams: 1 });
    origin.answer = () => undefined;
    const first = proxy.dial(get);
    await until(() => origin.arrived.length === 1);
    assert.match(await exchange(get, refused), /^HTTP\/1\.1 503 /);
    origin.arrived[0]?.socket.write(plainAnswer);
    await first.until((text) => text.endsWith('{}'));
    first.socket.destroy();
    origin.answer = ({ socket }) => socket.write(plainAnswer);
    assert.match(await exchange(get, (text) => text.endsWith('{}')), /^HTTP\/1\.1 200 /);
  });

  it('uses one connection for many requests, and hangs nothing on it', async function () {
    this.timeout(60_000);
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    const client = proxy.dial(get);
    let answered = 0;
    client.socket.on('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').endsWith('{}')) return;
      answered += 1;
      if (answered < 500) client.socket.write(get);
    });
    await until(() => answered === 500);
    client.socket.destroy();
    process.off('warning', note);
    assert.equal(origin.accepted(), 1);
    assert.ok(!warnings.includes('MaxListenersExceededWarning'));
  });
});
