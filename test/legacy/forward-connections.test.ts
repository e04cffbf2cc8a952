// Connections to the old service: kept, bounded, closed, and nothing left behind by anybody who leaves early.
import assert from 'node:assert/strict';
import { front, plainAnswer, rawOrigin, until, type Front, type RawOrigin } from './forward-kit.ts';

const get = 'GET /token/query?a HTTP/1.1\r\nHost: a\r\n\r\n';
const post = 'POST /token/apply HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b';

describe('the connections of the old leg', () => {
  let origin: RawOrigin;
  let proxy: Front;
  let timeoutMs = 5_000;
  const warnings: Error[] = [];
  const noteWarning = (warning: Error): void => void warnings.push(warning);
  before(() => process.on('warning', noteWarning));
  after(() => process.off('warning', noteWarning));
  beforeEach(async () => {
    timeoutMs = 5_000;
    warnings.length = 0;
    origin = await rawOrigin();
    proxy = await front({ baseUrl: () => origin.url, timeoutMs: () => timeoutMs, maxSockets: 8 });
  });
  afterEach(async () => {
    await proxy.close();
    await origin.close();
  });

  it('carries 40 parallel POSTs over 8 connections, each to its own answer', async () => {
    const waiting: (() => void)[] = [];
    origin.answer = ({ socket, body }) => {
      waiting.push(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, 'latin1'));
      waiting.push(() => socket.write(body));
    };
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const body = `call=${index}&${'x'.repeat(index * 997)}`;
      const outcome = await proxy.forward(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      assert.ok(outcome.kind === 'answer', JSON.stringify(outcome));
      assert.equal(outcome.answer.body.toString(), body);
    });
    await until(() => origin.arrived.length === 8);
    const release = setInterval(() => waiting.splice(0).forEach((act) => act()), 1);
    await Promise.all(calls);
    clearInterval(release);
    assert.equal(origin.accepted(), 8);
    assert.equal(new Set(origin.arrived.map(({ body }) => body.toString())).size, 40);
  });

  it('survives resets and half answers amid parallel calls, and answers all others', async () => {
    origin.answer = ({ socket, body }) => {
      const kind = Number(body.toString().slice(1)) % 4;
      if (kind === 0) socket.resetAndDestroy();
      else if (kind === 1) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{');
      else socket.write(plainAnswer);
    };
    const outcomes = await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        proxy.forward(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n${`n${index}`.padEnd(3)}`),
      ),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'answer').length, 40);
    assert.ok(outcomes.every((outcome) => outcome.kind === 'answer' || outcome.cause === 'broken'));
  });

  it('uses one connection for 2,000 calls of one client, and hangs nothing on either', async function () {
    this.timeout(60_000);
    const calls = 2_000;
    const client = proxy.dial('');
    let answered = 0;
    client.socket.on('data', (chunk: Buffer) => {
      // The body ends each answer, and the next request only follows it.
      if (!chunk.toString('latin1').endsWith('{}')) return;
      answered += 1;
      if (answered < calls) client.socket.write(answered % 2 === 0 ? get : post);
    });
    client.socket.write(get);
    await until(() => answered === calls);
    assert.equal(origin.accepted(), 1);
    assert.equal(proxy.connections(), 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      warnings.map(({ name }) => name).filter((name) => name === 'MaxListenersExceededWarning'),
      [],
    );
  });

  it('leaves no timer behind', async () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    await proxy.forward(get);
    const before = timers();
    for (let index = 0; index < 50; index += 1) await proxy.forward(get);
    assert.ok(timers() <= before + 1, `${before} before, ${timers()} now`);
  });

  it('carries a call through although its client has left, so that what it made is known', async () => {
    origin.answer = () => undefined;
    const client = proxy.dial(post);
    await until(() => origin.arrived.length === 1);
    client.socket.resetAndDestroy();
    await until(() => proxy.connections() === 0);
    origin.arrived[0]?.socket.write(plainAnswer);
    await until(() => proxy.outcomes.length === 1);
    assert.equal(proxy.outcomes[0]?.kind, 'answer');
  });

  it('leaves nothing behind of clients that leave while the old service hangs', async () => {
    timeoutMs = 100;
    origin.answer = () => undefined;
    const clients = Array.from({ length: 20 }, () => proxy.dial(post));
    await until(() => proxy.started() === 20);
    for (const { socket } of clients) socket.resetAndDestroy();
    await until(() => proxy.outcomes.length === 20);
    assert.ok(proxy.outcomes.every((outcome) => outcome.kind === 'failure' && outcome.cause === 'timeout'));
    origin.answer = ({ socket }) => socket.write(plainAnswer);
    timeoutMs = 5_000;
    assert.equal((await proxy.forward(get)).kind, 'answer');
  });

  it('closes idle connections at once and busy ones when their call has ended', async () => {
    const waiting: (() => void)[] = [];
    origin.answer = ({ socket }) => void waiting.push(() => socket.write(plainAnswer));
    const both = [proxy.forward(get), proxy.forward(get)];
    await until(() => waiting.length === 2);
    waiting.shift()?.();
    await Promise.race(both);
    await proxy.service.close();
    await until(() => origin.sockets.size === 1);
    waiting.shift()?.();
    assert.deepEqual(
      (await Promise.all(both)).map(({ kind }) => kind),
      ['answer', 'answer'],
    );
    await until(() => origin.sockets.size === 0);
  });
});
