// Requests whose end two servers could see in two places (request smuggling): each is refused, or reaches the old
// service as one whole request. None makes a second request of its body, and none gets or spoils another's answer.
import assert from 'node:assert/strict';
import { rawOrigin, type RawOrigin } from '../legacy/forward-kit.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';
import { dial, eventually, statusesIn } from '../kit/rude-client.ts';

/** What a smuggler wants to see carried out: it stands in bodies only. */
const inner = 'GET /inner HTTP/1.1\r\nHost: p\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked';
const chunks = '3\r\na=b\r\n0\r\n\r\n';
const manyFields = 'a:b\r\n'.repeat(1_100);

interface Shape {
  readonly fields: string;
  readonly body: string;
  readonly version?: string;
  /** Status of the refusal; absent: it is served. */
  readonly refused?: number;
  /** The status with which the parser of a later Node refuses it, before this program sees it. */
  readonly orRefused?: number;
  /** Body that reaches the old service; default `a=b`. */
  readonly arrives?: string;
  /** Whether the connection serves on. */
  readonly ends?: boolean;
}

const shapes: Record<string, Shape> = {
  'a length and chunks': { fields: `Content-Length: 4\r\n${chunked}`, body: chunks, refused: 400 },
  'chunks and a length': {
    fields: `${chunked}\r\nContent-Length: 4`,
    body: `0\r\n\r\n${inner}`,
    refused: 400,
  },
  'the same length twice': { fields: 'Content-Length: 3\r\nContent-Length: 3', body: 'a=b', refused: 400 },
  'two lengths': { fields: `Content-Length: 3\r\nContent-Length: 35`, body: `a=b${inner}`, refused: 400 },
  'a list of lengths': { fields: 'Content-Length: 3, 3', body: 'a=b', refused: 400 },
  'a negative length': { fields: 'Content-Length: -3', body: 'a=b', refused: 400 },
  'a length with a sign': { fields: 'Content-Length: +3', body: 'a=b', refused: 400 },
  'a hexadecimal length': { fields: 'Content-Length: 0x3', body: 'a=b', refused: 400 },
  'a length with an exponent': { fields: 'Content-Length: 1e1', body: 'a=b', refused: 400 },
  'an empty length': { fields: 'Content-Length: ', body: inner, refused: 400 },
  'a length beyond 64 bits': { fields: 'Content-Length: 18446744073709551619', body: 'a=b', refused: 400 },
  'a length in two words': { fields: 'Content-Length: 3 4', body: 'a=b', refused: 400 },
  'a length with zeros in front': { fields: 'Content-Length: 003', body: 'a=b' },
  'a length that Connection names': {
    fields: 'Connection: Content-Length\r\nContent-Length: 3',
    body: 'a=b',
  },
  'chunks that Connection names': { fields: `Connection: Transfer-Encoding\r\n${chunked}`, body: chunks },
  'a request as its body': { fields: `Content-Length: ${inner.length}`, body: inner, arrives: inner },
  'chunks, then identity': { fields: `${chunked}, identity`, body: chunks, refused: 400 },
  'identity, then chunks': { fields: 'Transfer-Encoding: identity, chunked', body: chunks, refused: 501 },
  'gzip, then chunks': { fields: 'Transfer-Encoding: gzip, chunked', body: chunks, refused: 501 },
  'chunks in two fields': { fields: `Transfer-Encoding: gzip\r\n${chunked}`, body: chunks, refused: 501 },
  'chunks twice': { fields: `${chunked}\r\n${chunked}`, body: chunks, refused: 400 },
  'chunks in chunks': { fields: `${chunked}, chunked`, body: chunks, refused: 400 },
  'an unknown coding': { fields: 'Transfer-Encoding: xchunked', body: chunks, refused: 501 },
  'a quoted coding': { fields: 'Transfer-Encoding: "chunked"', body: chunks, refused: 501 },
  'an empty coding and a length': {
    fields: 'Transfer-Encoding:\r\nContent-Length: 3',
    body: 'a=b',
    refused: 501,
    orRefused: 400,
  },
  'a coding behind a vertical tab': { fields: 'Transfer-Encoding:\x0bchunked', body: chunks, refused: 400 },
  'a coding in capitals': { fields: 'Transfer-Encoding: CHUNKED', body: chunks },
  'chunks in HTTP/1.0': { fields: chunked, body: chunks, version: '1.0', refused: 400 },
  'a folded line': { fields: 'X: y\r\n  Content-Length: 30\r\nContent-Length: 3', body: 'a=b', refused: 400 },
  'a folded coding': { fields: 'Transfer-Encoding:\r\n chunked', body: chunks, refused: 400 },
  'bare line feeds': { fields: 'X: y\nContent-Length: 3', body: 'a=b', refused: 400 },
  'a bare carriage return': { fields: 'X: y\rContent-Length: 3', body: 'a=b', refused: 400 },
  'a space before the colon': { fields: 'Content-Length : 3', body: 'a=b', refused: 400 },
  'a space before the colon of the coding': {
    fields: 'Content-Length: 3\r\nTransfer-Encoding : chunked',
    body: 'a=b',
    refused: 400,
  },
  'a NUL in a field': { fields: 'X: a\0b\r\nContent-Length: 3', body: 'a=b', refused: 400 },
  'chunks with extensions': { fields: chunked, body: '3;a=b;c="d"\r\na=b\r\n0;x\r\n\r\n' },
  'an extension that holds a line feed': {
    fields: chunked,
    body: `3;a\nxx\r\na=b\r\n0\r\n\r\n`,
    refused: 400,
  },
  'an extension without end': { fields: chunked, body: `3;${'a'.repeat(100_000)}\r\na=b`, refused: 413 },
  'a chunk size beyond 64 bits': {
    fields: chunked,
    body: `10000000000000003\r\na=b\r\n0\r\n\r\n`,
    refused: 400,
  },
  'a chunk size with a prefix': { fields: chunked, body: '0x3\r\na=b\r\n0\r\n\r\n', refused: 400 },
  'a negative chunk size': { fields: chunked, body: '-3\r\na=b\r\n0\r\n\r\n', refused: 400 },
  'a chunk size and a space': { fields: chunked, body: '3 \r\na=b\r\n0\r\n\r\n', refused: 400 },
  'chunks with bare line feeds': { fields: chunked, body: '3\na=b\n0\n\n', refused: 400 },
  'a chunk longer than its size': { fields: chunked, body: '3\r\na=bXX0\r\n\r\n', refused: 400 },
  'a length as a trailer': {
    fields: chunked,
    body: `3\r\na=b\r\n0\r\nContent-Length: 35\r\n\r\n`,
    refused: 400,
  },
  // Node forgets fields in excess, those that frame a body among them.
  'a length behind too many fields': {
    fields: `${manyFields}Content-Length: ${inner.length}`,
    body: inner,
    refused: 431,
  },
  'a coding behind too many fields': { fields: `${manyFields}${chunked}`, body: chunks, refused: 431 },
  'HTTP/2 in HTTP/1': { fields: 'Content-Length: 3', body: 'a=b', version: '2.0', refused: 505 },
  'a version that is none': { fields: 'Content-Length: 3', body: 'a=b', version: '1.2', refused: 400 },
  'another expectation': {
    fields: `Expect: x\r\nContent-Length: ${inner.length}`,
    body: inner,
    refused: 417,
  },
  // Node loses what comes right behind such a request.
  'a wish for another protocol': {
    fields: 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3',
    body: 'a=b',
    ends: true,
  },
  'two hosts': { fields: 'Host: q\r\nContent-Length: 3', body: 'a=b' },
};

describe('a request whose end is in doubt', () => {
  let origin: RawOrigin;
  let world: ProxiedWorld;
  before(async () => {
    origin = await rawOrigin();
    // Whoever asked can see whose answer it is.
    origin.answer = ({ socket, requestLine }) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${requestLine.length}\r\n\r\n${requestLine}`);
    world = await startProxiedWorld({
      config: ({ gateway }) => ({
        backends: { legacy: { url: origin.url }, gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
      }),
    });
  });
  after(async () => {
    await world.close();
    await origin.close();
  });

  const follow = 'GET /follow HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n';
  let count = 0;
  /** Another client, whose answer somebody else's bytes could have spoilt. */
  const neighbour = async () => {
    count += 1;
    const answer = await sendRaw(world.url, `GET /neighbour-${count} HTTP/1.1\r\nHost: p\r\n\r\n`);
    assert.equal(answer.body, `GET /neighbour-${count} HTTP/1.1`);
  };

  for (const [name, shape] of Object.entries(shapes)) {
    const { fields, body, version = '1.1', refused, orRefused, arrives = 'a=b', ends = false } = shape;
    it(`is ${refused === undefined ? 'one request' : `refused with ${refused}`}: ${name}`, async () => {
      for (const path of ['/other', '/token/apply']) {
        for (const [method, together] of [['POST', true] as const, ['GET', false] as const]) {
          const before = origin.arrived.length;
          const request = `${method} ${path} HTTP/${version}\r\nHost: p\r\n${fields}\r\n\r\n${body}`;
          const client = await dial(world.url, together ? request + follow : request);
          if (!together) {
            await client.until((text) => statusesIn(text).length > 0);
            client.socket.write(follow);
          }
          const text = await client.ended;
          const served = refused === undefined ? [200, ...(ends ? [] : [200])] : [refused];
          const statuses = statusesIn(text);
          const isOther = statuses.length === 1 && statuses[0] === orRefused;
          if (!isOther) assert.deepEqual(statuses, served, text);
          const arrived = origin.arrived
            .slice(before)
            .map((each) => [each.requestLine, each.body.toString('latin1')]);
          const streamed = path === '/other' && /^transfer-encoding: chunked$/im.test(fields);
          const own = [`${method} ${path} HTTP/1.1`, streamed ? chunks : arrives];
          const next = ends ? [] : [['GET /follow HTTP/1.1', '']];
          assert.deepEqual(arrived, refused === undefined ? [own, ...next] : []);
          if (refused !== undefined) {
            assert.equal(
              (JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n'))) as { success: boolean }).success,
              false,
            );
          }
          await neighbour();
        }
      }
    });
  }

  it('has exactly one framing field when it reaches the old service', async () => {
    for (const path of ['/other', '/token/apply']) {
      for (const framed of [`${chunked}\r\n\r\n${chunks}`, 'Content-Length: 3\r\n\r\na=b']) {
        const request = `POST ${path} HTTP/1.1\r\nHost: p\r\nX: \xff\xe8\r\n${framed}`;
        await sendRaw(world.url, Buffer.from(request, 'latin1'));
        const headers = origin.arrived.at(-1)?.headers ?? [];
        assert.equal(headers.filter((line) => /^(content-length|transfer-encoding):/i.test(line)).length, 1);
        assert.ok(headers.includes('X: \xff\xe8'), 'fields are bytes');
      }
    }
  });

  it('does not hold the old service when its chunk never ends', async () => {
    const before = origin.arrived.length;
    const endless = (path: string) =>
      dial(world.url, `POST ${path} HTTP/1.1\r\nHost: p\r\n${chunked}\r\n\r\nffffffffffffffff\r\n${inner}`);
    const was = new Map([...origin.sockets].map((socket) => [socket, socket.bytesRead]));
    const carrying = () => [...origin.sockets].filter((socket) => socket.bytesRead > (was.get(socket) ?? 0));
    const streaming = await endless('/other');
    await eventually('it streams', () => carrying().length === 1);
    streaming.socket.resetAndDestroy();
    await eventually('its connection is cut', () => carrying().length === 0);

    const inflight = () => world.metric('token_proxy_inflight_requests');
    const collected = await endless('/token/apply');
    await eventually('it is read', async () => (await inflight()) === 1);
    collected.socket.resetAndDestroy();
    await eventually('nothing is in flight', async () => (await inflight()) === 0);
    await neighbour();
    assert.deepEqual(
      origin.arrived.slice(before).map(({ requestLine }) => requestLine),
      [`GET /neighbour-${count} HTTP/1.1`],
    );
  });

  it('reaches the old service in origin form, or as an asterisk, whatever its target', async () => {
    const targets = {
      'GET http://elsewhere.example/other?x=1': 'GET /other?x=1 HTTP/1.1',
      'OPTIONS *': 'OPTIONS * HTTP/1.1',
      'GET //other/%2e': 'GET //other/%2e HTTP/1.1',
    };
    for (const [target, line] of Object.entries(targets)) {
      const before = origin.arrived.length;
      assert.equal((await sendRaw(world.url, `${target} HTTP/1.1\r\nHost: p\r\n\r\n`)).body, line);
      assert.equal(origin.arrived.length, before + 1);
      assert.ok(origin.arrived[before]?.headers.includes(`Host: 127.0.0.1:${origin.port}`));
    }
  });

  it('finds no way around the split, however it spells a token route', async () => {
    const ways = [
      '/token/apply#x',
      'ftp://p/token/apply',
      'HTTP://p/token/apply',
      '//token//apply',
      '/%74oken/apply',
      '/token/apply;x',
      '/x/../token/apply/',
    ];
    for (const target of ways) {
      await sendRaw(world.url, `GET ${target} HTTP/1.1\r\nHost: p\r\n\r\n`);
    }
    const judged = world.calls().slice(-ways.length);
    assert.deepEqual(
      judged.map(({ route, reason }) => [route, reason]),
      ways.map(() => ['apply', 'unknown-account']),
    );
  });

  it('is waved through when it asks to be, and its body arrives', async () => {
    for (const path of ['/other', '/token/apply']) {
      const client = await dial(
        world.url,
        `POST ${path} HTTP/1.1\r\nHost: p\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`,
      );
      await client.until((text) => text.startsWith('HTTP/1.1 100 '));
      client.socket.write('a=b');
      assert.deepEqual(statusesIn(await client.until((text) => text.endsWith('HTTP/1.1'))), [100, 200]);
      client.socket.destroy();
      const arrived = origin.arrived.at(-1);
      assert.equal(arrived?.body.toString(), 'a=b');
      assert.ok(!arrived.headers.some((line) => /^expect:/i.test(line)));
    }
  });

  it('is answered in HTTP/1.0, kept alive or not', async () => {
    for (const path of ['/other', '/token/apply']) {
      const once = await dial(world.url, `GET ${path} HTTP/1.0\r\n\r\n`);
      assert.match(await once.ended, new RegExp(`GET ${path} HTTP/1.1$`));
      const twice = await dial(world.url, `GET ${path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`.repeat(2));
      assert.deepEqual(statusesIn(await twice.until((text) => statusesIn(text).length === 2)), [200, 200]);
      twice.socket.destroy();
    }
  });
});
