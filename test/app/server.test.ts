// Closing a listener: in time whoever holds on, and without losing a call that was begun.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { CertificateSource } from '../../src/app/certificate.ts';
import { openListener, type OpenListener } from '../../src/app/server.ts';
import { collected } from '../kit/garbage.ts';
import { makeIdentity } from '../legacy/forward-kit.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('a listener that closes', () => {
  const sockets: Socket[] = [];
  let listener: OpenListener;
  const open = async (handler: RequestListener, idleGraceMs = 0, certificate?: CertificateSource) => {
    listener = await openListener({
      host: '127.0.0.1',
      port: 0,
      handler,
      idleGraceMs,
      ...(certificate && { certificate }),
    });
  };
  const dial = async () => {
    const socket = connect(listener.address.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const answerTo = async (socket: Socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    await once(socket, 'close');
    return text;
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener.close(0);
  });

  it('keeps nothing of a call that was answered, while its connection stays open', async () => {
    const calls: WeakRef<object>[] = [];
    await open((incoming, response) => {
      calls.push(new WeakRef(incoming), new WeakRef(response));
      response.end('ok');
    });
    const socket = await dial();
    socket.write(request);
    await once(socket, 'data');
    await collected(calls);
    assert.equal(calls.length, 2);
    assert.equal(socket.destroyed, false);
  });

  it('lets a call in flight finish and ends its connection', async () => {
    let pending: ServerResponse | undefined;
    await open((_request, response) => (pending = response));
    const socket = await dial();
    const answer = answerTo(socket);
    socket.write(request);
    while (pending === undefined) await new Promise(setImmediate);
    const closed = listener.close(10_000);
    pending.end('done');
    await closed;
    assert.match(await answer, /connection: close[^]*done/i);
  });

  it('ends each connection with its next answer from the moment draining begins', async () => {
    await open((_request, response) => response.end('ok'));
    listener.startDraining();
    const socket = await dial();
    const answer = answerTo(socket);
    socket.write(request);
    assert.match(await answer, /connection: close/i);
  });

  it('still answers over connections that were idle when it stopped listening', async () => {
    await open((_request, response) => response.end('ok'), 5_000);
    const socket = await dial();
    const answer = answerTo(socket);
    while ((await connections()) === 0) await new Promise(setImmediate);
    const closed = listener.close(10_000);
    socket.write(request);
    assert.match(await answer, /ok$/);
    await closed;
  });

  it('answers the request that came over an idle connection while the program was busy, however late it is', async () => {
    await open((_request, response) => response.end('ok'), 300);
    const socket = await dial();
    socket.write(request);
    await once(socket, 'data');
    const answer = answerTo(socket);
    const closed = listener.close(10_000);
    // Not accepting any more, the idle time running; then the program hears nothing until that is over.
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    socket.write(request);
    const endMs = performance.now() + 400;
    while (performance.now() < endMs);
    assert.match(await answer, /ok$/);
    await closed;
  });

  it('takes in the connections that only the kernel has accepted so far, and answers them', async () => {
    await open((_request, response) => response.end('ok'), 5_000);
    const waiting = Array.from({ length: 40 }, () => connect(listener.address.port, '127.0.0.1'));
    sockets.push(...waiting);
    const answers = waiting.map(answerTo);
    for (const socket of waiting) socket.write(request);
    // The handshakes are the kernel's work; nothing has let Node accept one yet.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const closed = listener.close(10_000);
    for (const answer of await Promise.all(answers)) assert.match(answer, /connection: close[^]*ok$/i);
    await closed;
  });

  it('drops what is left when its time is over, silent TLS handshakes included', async () => {
    const identity = makeIdentity();
    const certificate: CertificateSource = {
      minVersion: 'TLSv1.2',
      current: () => ({ cert: identity.cert, key: identity.key.toString() }),
      onChange: () => undefined,
      close: () => undefined,
    };
    await open((_request, response) => response.end('ok'), 0, certificate);
    const gone = once(await dial(), 'close');
    await listener.close(100);
    await gone;
  });

  it('drops a call that never ends when its time is over', async () => {
    let begun = false;
    await open(() => (begun = true));
    const socket = await dial();
    const gone = once(socket, 'close');
    socket.write(request);
    while (!begun) await new Promise(setImmediate);
    await listener.close(100);
    await gone;
  });

  /** The kernel has accepted a connection before the server has; one turn of a second connection shows that it has. */
  const connections = async () => {
    const probe = await dial();
    probe.write(request);
    const [chunk] = (await once(probe, 'data')) as [Buffer];
    probe.destroy();
    return chunk.length;
  };
});
