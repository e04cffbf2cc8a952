// Connections, queue and closing of the transport over real sockets; answers that fail are in transport-faults.
import assert from 'node:assert/strict';
import { fieldValue } from '../../src/wire/headers.ts';
import { httpAnswer, until } from '../kit/scripted-server.ts';
import type { Arrival } from '../kit/scripted-server.ts';
import { assertFailed, okAnswer, wireBench } from '../kit/wire-bench.ts';

describe('the transport', () => {
  const bench = wireBench();

  it('gives status, headers and body of an answer', async () => {
    const { port } = await bench.start(({ socket }) => socket.write(httpAnswer(400, '设备', { Date: 'x' })));
    const result = await bench.send(port);
    assert.equal(result.kind, 'answer');
    assert.deepEqual([result.status, fieldValue(result.rawHeaders, 'date'), result.body], [400, 'x', '设备']);
  });

  it('reuses its connection and joins a body that comes in pieces', async () => {
    const { port, accepted } = await bench.start(({ socket }) => {
      socket.write('HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
      setImmediate(() => socket.write('3\r\ndef\r\n0\r\n\r\n'));
    });
    for (let call = 0; call < 3; call += 1) {
      const result = await bench.send(port);
      assert.equal(result.kind === 'answer' && result.body, 'abcdef');
    }
    assert.equal(accepted(), 1);
  });

  it('does not follow a redirect', async () => {
    const { port, heads } = await bench.start(({ socket }) =>
      socket.write(httpAnswer(302, '', { location: '/elsewhere' })),
    );
    const result = await bench.send(port);
    assert.equal(result.kind === 'answer' && result.status, 302);
    assert.equal(heads.length, 1);
  });

  it('says when it writes a request: once, and not before there is a connection to write to', async () => {
    const { port } = await bench.start(({ socket }) => socket.write(okAnswer), { connectionsPerOrigin: 1 });
    const order: string[] = [];
    const call = async (name: string) => {
      await bench.send(port, { onSend: () => order.push(`${name} written`) });
      order.push(`${name} answered`);
    };
    await Promise.all([call('first'), call('second')]);
    const inOrder = (...names: string[]) =>
      assert.deepEqual(
        order.filter((name) => names.includes(name)),
        names,
      );
    inOrder('first written', 'first answered', 'second answered');
    inOrder('first written', 'second written', 'second answered');
  });

  it('is unconnected when the connection is refused, and does not say that it wrote', async () => {
    const server = await bench.start(() => undefined);
    await server.close();
    let written = 0;
    const result = await bench.send(server.port, { onSend: () => (written += 1) });
    assert.equal(written, 0);
    assertFailed(result, 'unconnected');
    assert.equal(result.kind === 'failure' && result.detail, 'ECONNREFUSED');
  });

  it('is unconnected when the name does not exist', async () => {
    bench.use();
    assertFailed(await bench.sendTo('http', 'gateway.invalid', { timeoutMs: 9_000 }), 'unconnected');
  });

  it('is broken, on a fresh connection, when that is reset before an answer', async () => {
    const { port } = await bench.start(({ socket }) => socket.resetAndDestroy());
    assertFailed(await bench.send(port), 'broken', false);
  });

  for (const [how, end] of [
    ['reset', (arrival: Arrival) => arrival.socket.resetAndDestroy()],
    ['closed', (arrival: Arrival) => arrival.socket.end()],
  ] as const) {
    it(`is broken, on a reused connection, when that is ${how} before an answer`, async () => {
      const { port } = await bench.start((arrival) =>
        arrival.request === 0 ? arrival.socket.write(okAnswer) : end(arrival),
      );
      assert.equal((await bench.send(port)).kind, 'answer');
      assertFailed(await bench.send(port), 'broken', true);
      assert.equal((await bench.send(port)).kind, 'answer', 'the next call has a new connection');
    });
  }

  it('is broken, as if fresh, when a reused connection ends after the first bytes of an answer', async () => {
    const { port } = await bench.start(({ socket, request }) => {
      if (request === 0) socket.write(okAnswer);
      else socket.write('HTTP/1.1 2', () => socket.end());
    });
    assert.equal((await bench.send(port)).kind, 'answer');
    assertFailed(await bench.send(port), 'broken', false);
  });

  it('takes a new connection when the server has closed the idle one', async () => {
    const { port, accepted, sockets } = await bench.start(({ socket }) => socket.write(okAnswer));
    assert.equal((await bench.send(port)).kind, 'answer');
    for (const socket of sockets) socket.end();
    await until(() => sockets.size === 0);
    assert.equal((await bench.send(port)).kind, 'answer');
    assert.equal(accepted(), 2);
  });

  it('is broken, as if fresh, when the connection that replaced a closed idle one is reset', async () => {
    const { port, sockets } = await bench.start(({ socket, connection }) =>
      connection === 0 ? socket.write(okAnswer) : socket.resetAndDestroy(),
    );
    assert.equal((await bench.send(port)).kind, 'answer');
    for (const socket of sockets) socket.end();
    await until(() => sockets.size === 0);
    assertFailed(await bench.send(port), 'broken', false);
  });

  it('tells each call lost to a server that closes idle connections unannounced as safe to retry', async () => {
    const { port } = await bench.start(({ socket }) =>
      socket.write(okAnswer, () => setImmediate(() => socket.end())),
    );
    for (let call = 0; call < 50; call += 1) {
      const result = await bench.send(port);
      const retriable =
        result.kind === 'failure' && (result.reusedConnection === true || result.cause === 'unconnected');
      assert.ok(result.kind === 'answer' || retriable, JSON.stringify(result));
    }
  });

  it('gives up what is not sent yet when the signal aborts, and lets what was sent run on', async () => {
    const answers: (() => void)[] = [];
    const { port, heads } = await bench.start(
      ({ socket }) => void answers.push(() => socket.write(okAnswer)),
      {
        connectionsPerOrigin: 1,
      },
    );
    assertFailed(await bench.send(port, { signal: AbortSignal.abort() }), 'aborted');
    const abort = new AbortController();
    const sent = bench.send(port, { signal: abort.signal });
    const waiting = bench.send(port, { signal: abort.signal });
    await until(() => heads.length > 0);
    abort.abort();
    assertFailed(await waiting, 'aborted');
    answers[0]?.();
    assert.equal((await sent).kind, 'answer');
    assert.equal(heads.length, 1);
  });

  it('closes a connection that has been idle for a while', async () => {
    const { port, sockets } = await bench.start(({ socket }) => socket.write(okAnswer), { keepAliveMs: 20 });
    assert.equal((await bench.send(port)).kind, 'answer');
    await until(() => sockets.size === 0);
  });

  it('keeps to its connections with 100 calls at once', async () => {
    let atOnce = 0;
    const { port, accepted, sockets } = await bench.start(
      ({ socket }) => {
        atOnce = Math.max(atOnce, sockets.size);
        setImmediate(() => socket.write(okAnswer));
      },
      { connectionsPerOrigin: 4 },
    );
    const results = await Promise.all(Array.from({ length: 100 }, () => bench.send(port)));
    assert.ok(results.every(({ kind }) => kind === 'answer'));
    assert.equal(atOnce, 4);
    assert.equal(accepted(), 4);
  });

  it('lets waiting calls go when they time out or abort, and refuses what is too many', async () => {
    const { port, heads } = await bench.start(() => undefined, {
      connectionsPerOrigin: 1,
      waitingPerOrigin: 2,
    });
    const abort = new AbortController();
    const first = bench.send(port, { timeoutMs: 200 });
    const second = bench.send(port, { timeoutMs: 30 });
    const third = bench.send(port, { signal: abort.signal });
    assertFailed(await bench.send(port), 'unconnected');
    assertFailed(await second, 'timeout');
    abort.abort();
    assertFailed(await third, 'aborted');
    assertFailed(await first, 'timeout');
    assert.ok(heads.length <= 1);
  });

  it('finishes calls under way when it closes, and takes no more', async () => {
    const { port, sockets, heads } = await bench.start(() => undefined);
    const pending = bench.send(port);
    await until(() => heads.length === 1);
    const closing = bench.transport().close();
    assertFailed(await bench.send(port), 'unconnected');
    for (const socket of sockets) socket.write(okAnswer);
    assert.equal((await pending).kind, 'answer');
    await closing;
  });

  it('has told how calls ended before it is closed or destroyed, whatever ended them', async () => {
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    const { port, sockets, heads } = await bench.start(() => undefined);
    const pending = bench.send(port).then(note('reset'));
    await until(() => heads.length === 1);
    const closing = bench.transport().close().then(note('closed'));
    for (const socket of sockets) socket.resetAndDestroy();
    await Promise.all([pending, closing]);

    const other = await bench.start(() => undefined);
    const aborted = bench.send(other.port).then(note('aborted'));
    await until(() => other.heads.length === 1);
    await new Promise(setImmediate);
    await Promise.all([aborted, bench.transport().destroy().then(note('destroyed'))]);
    assert.deepEqual(order, ['reset', 'closed', 'aborted', 'destroyed']);
  });

  it('ends calls under way and waiting ones when it is destroyed', async () => {
    const { port, heads } = await bench.start(() => undefined, { connectionsPerOrigin: 1 });
    const calls = [bench.send(port), bench.send(port)];
    await until(() => heads.length === 1);
    await bench.transport().destroy();
    for (const call of calls) assertFailed(await call, 'aborted');
  });
});
