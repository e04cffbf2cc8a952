// What clients can hold of a listener, with limits small enough to run into; the usual ones are asserted as they stand.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createLimitedServer, usualLimits, type ListenerLimits } from '../../src/app/limited-server.ts';
import { openListener, type OpenListener } from '../../src/app/server.ts';
import { mostHeaderFields } from '../../src/app/unreadable.ts';
import { dial, eventually, handles, statusesIn, type RudeClient } from '../kit/rude-client.ts';
import { sendRaw } from '../kit/raw-http.ts';

const ok: RequestListener = (_request, response) => void response.end('ok');
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a listener, towards clients that hold on to it,', () => {
  const clients: RudeClient[] = [];
  let listener: OpenListener;
  let url = '';
  let told: number[] = [];
  const open = async (limits: Partial<ListenerLimits>, handler: RequestListener = ok) => {
    told = [];
    const onFull = (connections: number) => told.push(connections);
    listener = await openListener({ host: '127.0.0.1', port: 0, handler, idleGraceMs: 0, limits, onFull });
    url = `http://127.0.0.1:${listener.address.port}`;
  };
  const call = async (bytes: string | Buffer, politely = true) => {
    const client = await dial(url, bytes, politely);
    clients.push(client);
    return client;
  };
  const oldShape = (text: string) => {
    assert.match(text, /content-type: application\/json/i);
    assert.equal(
      (JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n'))) as { success: boolean }).success,
      false,
    );
  };
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await listener.close(0);
  });

  it('waits 10 s for a head, 15 s for a request, 65 s between requests and 5 min for a reader', async () => {
    await open({});
    const server = createLimitedServer({ handler: ok, limits: usualLimits });
    assert.equal(server.headersTimeout, 10_000);
    assert.equal(server.requestTimeout, 15_000);
    assert.equal(server.keepAliveTimeout, 65_000);
    assert.equal(server.timeout, 300_000);
    assert.equal(server.maxConnections, 10_000);
  });

  for (const [what, bytes] of Object.entries({
    'that says nothing': '',
    'that stops in its request line': 'GET / HT',
    'that stops in its headers': 'GET / HTTP/1.1\r\nHost: a\r\nX-',
  })) {
    it(`tells a client ${what} that its time is over, and closes`, async () => {
      await open({ headMs: 50, requestMs: 100, sweepMs: 10 });
      const text = await (await call(bytes)).ended;
      assert.deepEqual(statusesIn(text), [408]);
      oldShape(text);
    });
  }

  it('lets nobody dribble: neither a head nor a body', async () => {
    await open({ headMs: 60, requestMs: 120, sweepMs: 10 }, (request, response) => {
      request.resume().once('end', () => response.end('ok'));
    });
    for (const start of ['GET / HTTP/1.1\r\nX: ', 'POST / HTTP/1.1\r\nContent-Length: 9999\r\n\r\n']) {
      const client = await call(start);
      const dribble = setInterval(() => client.socket.write('a'), 5);
      const text = await client.ended;
      clearInterval(dribble);
      assert.deepEqual(statusesIn(text), [408]);
      oldShape(text);
    }
  });

  it('closes a connection that stays idle', async () => {
    await open({ idleMs: 30 });
    const client = await call(get);
    assert.deepEqual(statusesIn(await client.ended), [200]);
  });

  it('gives up a client that reads none of its answers', async () => {
    await open({ stalledMs: 100 }, (_request, response) => void response.end(Buffer.alloc(256 * 1024)));
    const before = handles().sockets;
    const client = await call('');
    client.socket.pause();
    client.socket.write(get.repeat(500));
    await eventually('only the client is left', () => handles().sockets === before + 1);
  });

  it('keeps no connection of a client that was refused and does not leave', async () => {
    await open({ headMs: 50, sweepMs: 10 });
    const before = handles().sockets;
    const refusals = [
      'NONSENSE\r\n\r\n',
      'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
      '',
      'GET / HTTP/2.0\r\n\r\n',
    ];
    for (const bytes of refusals) assert.equal(statusesIn(await (await call(bytes, false)).ended).length, 1);
    await eventually('only the clients are left', () => handles().sockets === before + refusals.length);
  });

  it('closes connections beyond their number, says so once, and serves again when one has left', async () => {
    await open({ connections: 3 });
    const [first] = await Promise.all([call(get), call(get), call(get)]);
    await Promise.all(clients.map((client) => client.until((text) => text.endsWith('ok'))));
    for (let more = 0; more < 5; more += 1) assert.equal(await (await call(get)).ended, '');
    assert.deepEqual(told, [3]);
    first.socket.end();
    await eventually('a place is free', async () => {
      const client = await call(get);
      return (await client.until((text) => text.endsWith('ok'))) !== '';
    });
  });

  it('refuses a request of more header fields than it reads, and serves one of as many', async () => {
    await open({}, (request, response) => void response.end(String(request.rawHeaders.length / 2)));
    const many = (count: number) => `GET / HTTP/1.1\r\n${'a:b\r\n'.repeat(count)}\r\n`;
    assert.equal((await sendRaw(url, many(mostHeaderFields))).body, String(mostHeaderFields));
    for (const count of [mostHeaderFields + 1, 5_000]) {
      const answer = await sendRaw(url, many(count));
      assert.equal(answer.status, 431);
      assert.equal(answer.json.success, false);
    }
  });

  it('refuses a head that is longer than it reads', async () => {
    await open({});
    for (const head of [
      `GET /?${'a'.repeat(150_000)} HTTP/1.1`,
      `GET / HTTP/1.1\r\nX: ${'a'.repeat(150_000)}`,
    ]) {
      const answer = await sendRaw(url, `${head}\r\n\r\n`);
      assert.equal(answer.status, 431);
      assert.equal(answer.json.success, false);
    }
  });

  describe('with a connection on which much is asked at once,', () => {
    const asked: string[] = [];
    const answers: ServerResponse[] = [];
    const hold: RequestListener = (request, response) => {
      asked.push(request.url ?? '');
      answers.push(response);
    };
    const ask = (count: number) =>
      Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\n\r\n`).join('');
    beforeEach(() => {
      asked.length = 0;
      answers.length = 0;
    });

    it('begins a request when the one before it has been answered', async () => {
      await open({}, hold);
      const client = await call(ask(3));
      for (const index of [0, 1, 2]) {
        await eventually('the next is asked', () => asked.length === index + 1);
        answers[index]?.end(`answer ${index}`);
        await client.until((text) => text.endsWith(`answer ${index}`));
      }
      assert.deepEqual(asked, ['/0', '/1', '/2']);
    });

    it('never begins those behind when the client leaves, nor behind an answer that ends the connection', async () => {
      await open({}, hold);
      const leaving = await call(ask(3));
      await eventually('the first is asked', () => asked.length === 1);
      const left = once(answers[0] ?? assert.fail(), 'close');
      leaving.socket.resetAndDestroy();
      await left;
      const ending = await call(ask(3));
      await eventually('the first is asked', () => asked.length === 2);
      answers[1]?.setHeader('Connection', 'close').end();
      assert.deepEqual(statusesIn(await ending.ended), [200]);
      assert.deepEqual(asked, ['/0', '/0']);
    });

    it('stops reading when enough are in line, and goes on when the line gets shorter', async () => {
      const peers: Socket[] = [];
      let holding = true;
      await open({ waitingRequests: 4 }, (request, response) => {
        peers.push(request.socket);
        hold(request, response);
        if (!holding) response.end();
      });
      const sent = Buffer.from(ask(15_000));
      const client = await call(sent);
      await eventually('the first is asked', () => asked.length === 1);
      const bytesRead = () => peers[0]?.bytesRead ?? 0;
      await eventually('it reads no more', async () => {
        const before = bytesRead();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return before === bytesRead();
      });
      assert.ok(bytesRead() <= 2 * 65_536, `${bytesRead()} bytes read`);
      holding = false;
      answers[0]?.end();
      await eventually('all are answered', () => asked.length === 15_000);
      assert.ok(asked.every((url, index) => url === `/${index}`));
      client.socket.destroy();
    }).timeout(60_000);

    it('answers what can be read before it refuses what cannot', async () => {
      await open({}, hold);
      const client = await call(`${ask(3)}NONSENSE\r\n\r\n`);
      for (const index of [0, 1, 2]) {
        await eventually('the next is asked', () => asked.length === index + 1);
        answers[index]?.end();
      }
      assert.deepEqual(statusesIn(await client.ended), [200, 200, 200, 400]);
    });

    it('refuses at once a request that turns unreadable in its body, and cuts it off in the middle of an answer', async () => {
      const broken = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
      await open({}, hold);
      const refused = await call(`${ask(1)}${broken}xyz\r\n`);
      await eventually('the first is asked', () => asked.length === 1);
      answers[0]?.end();
      assert.deepEqual(statusesIn(await refused.ended), [200, 400]);
      answers.length = 0;
      const cut = await call(broken);
      await eventually('it is asked', () => answers.length === 1);
      answers[0]?.writeHead(200, { 'Content-Length': 9 }).write('half');
      await cut.until((text) => text.endsWith('half'));
      cut.socket.write('xyz\r\n');
      assert.match(await cut.ended, /half$/);
    });
  });
});
