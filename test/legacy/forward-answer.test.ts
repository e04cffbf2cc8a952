// What comes back from the old service, byte for byte: status line, headers, body, and what a client is sent of it.
import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { LegacyAnswer } from '../../src/legacy/old-service.ts';
import { front, rawOrigin, until, type Front, type RawOrigin } from './forward-kit.ts';

const get = 'GET /token/query?a HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a forwarded answer', () => {
  let origin: RawOrigin;
  let proxy: Front;
  before(async () => {
    origin = await rawOrigin();
    proxy = await front({ baseUrl: () => origin.url, own: { 'X-Own': 'ours', 'X-Request-Id': 'r1' } });
  });
  afterEach(() => (origin.atHead = () => undefined));
  after(async () => {
    await proxy.close();
    await origin.close();
  });

  function script(...bytes: (string | Buffer)[]): void {
    origin.answer = ({ socket }) => bytes.forEach((part) => socket.write(part, 'latin1'));
  }
  async function answered(bytes = get): Promise<LegacyAnswer> {
    const outcome = await proxy.forward(bytes);
    assert.equal(outcome.kind, 'answer', JSON.stringify(outcome));
    assert.ok('answer' in outcome);
    return outcome.answer;
  }
  /** What the client is sent, without the headers that Node adds for its own connection. */
  async function delivered(enough: (text: string) => boolean, bytes = get): Promise<string[]> {
    const client = proxy.dial(bytes);
    const text = await client.until(enough);
    client.socket.destroy();
    return text.split('\r\n').filter((line) => !/^(?:date|connection|keep-alive):/i.test(line));
  }

  it('keeps status, reason phrase, spelling, order and repetitions', async () => {
    script(
      'HTTP/1.1 299 Fast Geschafft \u00e9\r\nset-cookie: a=1\r\nX-ODD_name: \u00e9\r\nSet-Cookie: b=2\r\nx-Empty:\r\n' +
        'Content-Length: 2\r\nSET-COOKIE: a=1\r\nX-Request-Id: theirs\r\n\r\nok',
    );
    const answer = await answered();
    assert.deepEqual([answer.status, answer.statusMessage], [299, 'Fast Geschafft \u00e9']);
    assert.deepEqual(answer.rawHeaders.slice(0, 8), [
      'set-cookie',
      'a=1',
      'X-ODD_name',
      '\u00e9',
      'Set-Cookie',
      'b=2',
      'x-Empty',
      '',
    ]);
    assert.deepEqual(await delivered((text) => text.endsWith('ok')), [
      'HTTP/1.1 299 Fast Geschafft \u00e9',
      'set-cookie: a=1',
      'X-ODD_name: \u00e9',
      'Set-Cookie: b=2',
      'x-Empty: ',
      'Content-Length: 2',
      'SET-COOKIE: a=1',
      'X-Own: ours',
      'X-Request-Id: r1',
      '',
      'ok',
    ]);
  });

  it('keeps an empty reason phrase', async () => {
    script('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n');
    assert.equal((await answered()).statusMessage, '');
    assert.equal((await delivered((text) => text.includes('\r\n\r\n')))[0], 'HTTP/1.1 200 ');
  });

  it('collects a chunked answer and sends it with its length', async () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\n{"a\r\n3\r\n":1\r\n1\r\n}\r\n0\r\nX-T: 1\r\n\r\n';
    script(chunked);
    const answer = await answered();
    assert.equal(answer.body.toString(), '{"a":1}');
    assert.deepEqual(answer.rawHeaders, []);
    assert.deepEqual(await delivered((text) => text.endsWith('{"a":1}')), [
      'HTTP/1.1 200 OK',
      'X-Own: ours',
      'X-Request-Id: r1',
      'Content-Length: 7',
      '',
      '{"a":1}',
    ]);
  });

  it('takes the end of the connection for the end of an answer that says no length', async () => {
    origin.answer = ({ socket }) => socket.end('HTTP/1.0 200 OK\r\nServer: Tengine\r\n\r\nwhole');
    assert.equal((await answered()).body.toString(), 'whole');
  });

  it('leaves a compressed body compressed', async () => {
    const body = gzipSync('{"code":200}');
    script(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`, body);
    const answer = await answered();
    assert.deepEqual(answer.body, body);
    assert.deepEqual(answer.rawHeaders.slice(0, 2), ['Content-Encoding', 'gzip']);
  });

  it('passes bytes that are no text', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    script('HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n', body);
    assert.deepEqual((await answered()).body, body);
  });

  for (const status of [204, 304]) {
    it(`knows that ${status} has no body`, async () => {
      script(`HTTP/1.1 ${status} X\r\nETag: "1"\r\n\r\n`);
      assert.deepEqual((await answered()).rawHeaders, ['ETag', '"1"']);
      const lines = await delivered((text) => text.includes('\r\n\r\n'));
      assert.deepEqual(lines, [
        `HTTP/1.1 ${status} X`,
        'ETag: "1"',
        'X-Own: ours',
        'X-Request-Id: r1',
        '',
        '',
      ]);
    });
  }

  it('passes the length of a body that HEAD does not have', async () => {
    script('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n');
    const head = get.replace('GET', 'HEAD');
    assert.equal((await answered(head)).body.length, 0);
    const lines = await delivered((text) => text.includes('\r\n\r\n'), head);
    assert.ok(lines.includes('Content-Length: 1234'));
  });

  it('drops what was meant for this hop only, and whatever Connection names', async () => {
    script(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=60\r\nUpgrade: h2c\r\n' +
        'Proxy-Authenticate: Basic\r\nProxy-Connection: x\r\nContent-Length: 0\r\nX-Stays: 1\r\n\r\n',
    );
    assert.deepEqual((await answered()).rawHeaders, ['Content-Length', '0', 'X-Stays', '1']);
  });

  it('looks past interim answers', async () => {
    script(
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    );
    assert.equal((await answered()).body.toString(), 'x');
  });

  it('takes an answer that comes before the body was read', async () => {
    origin.answer = () => undefined;
    origin.atHead = (socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    };
    const answer = await answered(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 131072\r\n\r\n${'x'.repeat(131_072)}`,
    );
    assert.deepEqual([answer.status, answer.body.toString()], [413, 'no']);
    for (const socket of origin.sockets) socket.resume();
    await until(() => origin.sockets.size === 0);
  });

  it('does not keep a connection whose request the old service has answered and never reads', async () => {
    origin.answer = () => undefined;
    origin.atHead = (socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno');
    };
    const request = Object.assign(new IncomingMessage(new Socket()), {
      method: 'POST',
      url: '/',
      rawHeaders: ['Content-Length', '0'],
    });
    // More than the buffers of both sockets hold.
    const body = Buffer.alloc(32 * 1024 * 1024);
    const outcome = await proxy.service.forward(request, body, { baseUrl: origin.url, timeoutMs: 5_000 });
    assert.equal(outcome.kind, 'answer');
    for (const socket of origin.sockets) {
      socket.removeAllListeners('data');
      socket.resume();
    }
    await until(() => origin.sockets.size === 0);
  });

  it('does not follow redirects', async () => {
    script('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n');
    assert.deepEqual((await answered()).rawHeaders.slice(0, 2), ['Location', 'http://127.0.0.1:1/']);
  });

  it('passes 2 MiB and not a byte more', async () => {
    const limit = 2 * 1024 * 1024;
    script(`HTTP/1.1 200 OK\r\nContent-Length: ${limit}\r\n\r\n`, Buffer.alloc(limit, 'x'));
    assert.equal((await answered()).body.length, limit);
    script(`HTTP/1.1 200 OK\r\nContent-Length: ${limit + 1}\r\n\r\n`, Buffer.alloc(limit + 1, 'x'));
    const outcome = await proxy.forward(get);
    assert.equal(outcome.kind === 'failure' && outcome.cause, 'unreadable');
    assert.equal(outcome.kind === 'failure' && outcome.detail, 'ANSWER_TOO_LARGE');
    await until(() => origin.sockets.size === 0);
  });
});
