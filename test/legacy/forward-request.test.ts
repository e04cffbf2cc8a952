// What leaves for the old service, byte for byte: target, headers, body.
import assert from 'node:assert/strict';
import { destinationOf } from '../../src/legacy/destination.ts';
import { front, rawOrigin, type Arrived, type Front, type RawOrigin } from './forward-kit.ts';

describe('a forwarded request', () => {
  let origin: RawOrigin;
  let proxy: Front;
  let prefix = '';
  before(async () => {
    origin = await rawOrigin();
    proxy = await front({ baseUrl: () => origin.url + prefix });
  });
  afterEach(() => (prefix = ''));
  after(async () => {
    await proxy.close();
    await origin.close();
  });

  async function sent(bytes: string | Buffer): Promise<Arrived> {
    const outcome = await proxy.forward(bytes);
    assert.equal(outcome.kind, 'answer', JSON.stringify(outcome));
    const arrived = origin.arrived.at(-1);
    assert.ok(arrived);
    return arrived;
  }
  const withoutOurs = (headers: readonly string[]): string[] =>
    headers.filter((line) => line !== 'Connection: keep-alive');

  const targets = [
    '//a/%7e?x=%41&&',
    '/token/apply?actions=R%2CW&resources=a/%2B,b/#&signature=a+b%2F=',
    '/a//b///c/../d/./e//?q=//x//',
    '/?',
    '/??a=b?c',
    '/a?next=http://other//x',
    '/%zz/%',
    '/;p=1/a;b?{"a":[1]}|\\^`',
    '/http://x//y',
    '/@host:80/',
    `/${'long/'.repeat(1_500)}`,
  ];
  for (const target of targets) {
    it(`keeps the target ${target.slice(0, 40)}`, async () => {
      const request = `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
      assert.equal((await sent(Buffer.from(request, 'latin1'))).requestLine, `GET ${target} HTTP/1.1`);
    });
  }

  it('turns a target in absolute form into origin form, for the configured server', async () => {
    const line = async (target: string): Promise<string> => {
      const { requestLine, headers } = await sent(`GET ${target} HTTP/1.1\r\nHost: evil\r\n\r\n`);
      assert.ok(headers.includes(`Host: 127.0.0.1:${origin.port}`));
      return requestLine;
    };
    assert.equal(await line('http://evil.example:99//a//?b'), 'GET //a//?b HTTP/1.1');
    assert.equal(await line('HTTP://evil.example'), 'GET / HTTP/1.1');
    assert.equal(await line('http://evil.example?b=/c'), 'GET /?b=/c HTTP/1.1');
    prefix = '/base';
    assert.equal(await line('http://evil.example/a'), 'GET /base/a HTTP/1.1');
  });

  it('puts the path of the base address in front of the target as received', async () => {
    prefix = '/base/old';
    const { requestLine } = await sent('GET //token/apply?a HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(requestLine, 'GET /base/old//token/apply?a HTTP/1.1');
  });

  it('asks an asterisk for an asterisk', async () => {
    assert.equal((await sent('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')).requestLine, 'OPTIONS * HTTP/1.1');
  });

  it('keeps spelling, order and repetitions of headers, and their bytes', async () => {
    const lines = [
      'x-first: 1',
      'HOST: old.example',
      'User-agent: Jakarta Commons-HttpClient/3.1',
      'X-DUP: one',
      'Accept: */*',
      'x-dup: two',
      'X-Dup:',
      'Cookie: a=1',
      'X-Latin: caf\u00e9',
      'cookie: b=2',
      'Date: Thu, 01 Jan 1970 00:00:00 GMT',
      'Authorization: Basic eA==',
      'Content-Type: application/x-www-form-urlencoded; CHARSET="UTF-8"',
      'Content-MD5: x',
      'content-LENGTH: 3',
      'X-Forwarded-For: 10.0.0.1',
    ];
    const request = `POST /token/query HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\na=b`;
    const { headers, body } = await sent(Buffer.from(request, 'latin1'));
    const expected = lines.map((line) =>
      line.replace('old.example', `127.0.0.1:${origin.port}`).replace(/:$/, ': '),
    );
    assert.deepEqual(withoutOurs(headers), expected);
    assert.equal(body.toString(), 'a=b');
  });

  it('drops what is meant for the next hop only, and whatever Connection names', async () => {
    const { headers } = await sent(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop ,x-other, Content-Length\r\nX-Hop: 1\r\nX-OTHER: 2\r\n' +
        'Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers, gzip\r\nUpgrade: websocket\r\n' +
        'Proxy-Authorization: Basic eA==\r\nProxy-Authenticate: Basic\r\nTrailer: X-End\r\nX-Stays: 3\r\n\r\n',
    );
    assert.deepEqual(withoutOurs(headers), [`Host: 127.0.0.1:${origin.port}`, 'X-Stays: 3']);
  });

  it('does not lose the length of a body to a Connection that names it', async () => {
    const { body } = await sent(
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: content-length, host\r\nContent-Length: 2\r\n\r\nab',
    );
    assert.equal(body.toString(), 'ab');
  });

  it('puts a Host in front where an old client sent none', async () => {
    const { requestLine, headers } = await sent('GET /token/query?a HTTP/1.0\r\nX-A: 1\r\n\r\n');
    assert.equal(requestLine, 'GET /token/query?a HTTP/1.1');
    assert.deepEqual(withoutOurs(headers), [`Host: 127.0.0.1:${origin.port}`, 'X-A: 1']);
  });

  const boundary = '----WebKitFormBoundary7MA4YWxkTrZu0gW';
  const multipart = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`;
  const bodies: [string, Buffer][] = [
    ['a form', Buffer.from('actions=R%2cW&resources=a/%2B&&=&x=%zz&signature=a+b/=')],
    ['multipart', Buffer.from(multipart)],
    ['bytes that are no text', Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))],
    ['128 KiB', Buffer.alloc(128 * 1024, 'x')],
    ['nothing', Buffer.alloc(0)],
  ];
  for (const [name, body] of bodies) {
    it(`keeps a body of ${name}`, async () => {
      const head = `POST /token/apply HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
      const arrived = await sent(Buffer.concat([Buffer.from(head), body]));
      assert.deepEqual(arrived.body, body);
      assert.ok(arrived.headers.includes(`Content-Length: ${body.length}`));
    });
  }

  it('gives a chunked body its length, in the place of Transfer-Encoding, and drops its trailer', async () => {
    const { headers, body } = await sent(
      'POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\nTrailer: X-T\r\nX-A: 1\r\n\r\n' +
        '3;ext=1\r\na=b\r\n4\r\n&c=d\r\n0\r\nX-T: 1\r\n\r\n',
    );
    assert.deepEqual(withoutOurs(headers), [`Host: 127.0.0.1:${origin.port}`, 'Content-Length: 7', 'X-A: 1']);
    assert.equal(body.toString(), 'a=b&c=d');
  });

  it('says of a POST without a length that it has no body, and nothing of a GET', async () => {
    const post = await sent('POST /token/query?a HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.deepEqual(withoutOurs(post.headers).slice(1), ['Content-Length: 0']);
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      const { headers } = await sent(`${method} /token/query?a HTTP/1.1\r\nHost: a\r\n\r\n`);
      assert.deepEqual(withoutOurs(headers).slice(1), []);
    }
  });

  it('keeps the body of a GET and of a DELETE', async () => {
    for (const method of ['GET', 'DELETE']) {
      const { body } = await sent(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b`);
      assert.equal(body.toString(), 'a=b');
    }
  });

  it('has answered Expect itself and does not repeat it', async () => {
    const { headers, body } = await sent(
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx',
    );
    assert.deepEqual(withoutOurs(headers).slice(1), ['Content-Length: 1']);
    assert.equal(body.toString(), 'x');
  });
});

describe('destinationOf', () => {
  it('knows the usual ports and leaves them out of Host', () => {
    const { secure, hostname, port, host } = destinationOf('https://old.example', '/');
    assert.deepEqual([secure, hostname, port, host], [true, 'old.example', 443, 'old.example']);
    assert.equal(destinationOf('http://old.example', '/').port, 80);
    assert.equal(destinationOf('http://old.example:8080', '/').host, 'old.example:8080');
  });

  it('takes the brackets of an IPv6 address for Host only', () => {
    const { hostname, host } = destinationOf('http://[::1]:8080', '/');
    assert.deepEqual([hostname, host], ['::1', '[::1]:8080']);
  });

  it('forgives a slash at the end of the base address', () => {
    assert.equal(destinationOf('http://old.example/base/', '/a').target, '/base/a');
  });
});
