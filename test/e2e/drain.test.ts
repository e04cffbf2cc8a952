// SIGTERM to the real program, with calls in flight and new ones arriving: nobody's call may fail.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { applyFields, signedParameters } from '../kit/old-clients.ts';
import type { ConfigDocument } from '../kit/proxied-world.ts';
import { patient, serveDocument, startServe, type ServeProcess } from '../kit/serve-process.ts';
import { postOld, startSteadyLoad, type PlainAnswer } from '../kit/steady-load.ts';

/** What SPEC section 4 adds to `drain.delay` and `deadline`, ms. */
const marginMs = 5_000;

describe('SIGTERM', () => {
  let sandbox: Sandbox;
  let proxy: ServeProcess;
  const sockets: Socket[] = [];
  const start = async (document: ConfigDocument) => {
    proxy = await startServe(serveDocument(sandbox, document));
  };
  beforeEach(async () => {
    sandbox = await startSandbox();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.end();
    await sandbox.close();
  });

  const apply = (agent?: Agent): Promise<PlainAnswer> =>
    postOld(proxy.url, '/token/apply', applyFields(sandbox.instanceId), sandbox, { agent });
  const ready = () =>
    new Promise<number | undefined>((resolve, reject) => {
      get(`${proxy.url}/-/ready`, { agent: false }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      }).once('error', reject);
    });
  const dial = async () => {
    const { hostname, port } = new URL(proxy.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  it('is told at once by /-/ready, and loses neither calls in flight nor those that come during drain.delay', async () => {
    await start({
      drain: { delay: '3s' },
      split: { gatewayPercent: 50, key: ['request'], fallback: { on: [] } },
      ...patient(sandbox),
    });
    const keeping = new Agent({ keepAlive: true });
    let draining = false;
    const during: PlainAnswer[] = [];
    const load = startSteadyLoad(60, async (count) => {
      const begunDuring = draining;
      const answer = await apply(count % 2 === 0 ? keeping : undefined);
      assert.equal(answer.code, 200, answer.message);
      if (begunDuring) during.push(answer);
    });
    while (load.ended() < 60) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await ready(), 200);

    const signalledMs = performance.now();
    proxy.program.child.kill('SIGTERM');
    await proxy.program.says(/draining/);
    draining = true;
    assert.equal(await ready(), 503);
    while (during.length < 40 && load.failures.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    // The last calls are still under way when the delay is over, and their answers come after it.
    for (const { faults } of [sandbox.legacy, sandbox.gateway]) faults.set({ kind: 'delay', ms: 3_300 });
    const late = Array.from({ length: 10 }, () => apply());
    await load.stop();

    for (const answer of await Promise.all(late)) assert.equal(answer.code, 200, answer.message);
    assert.equal(await proxy.program.ended, 0);
    assert.ok(performance.now() - signalledMs < 3_000 + 25_000 + marginMs);
    assert.deepEqual(load.failures, []);
    for (const { headers } of during) assert.equal(headers.connection, 'close');
    keeping.destroy();
  }).timeout(60_000);

  it('with drain.delay 0 loses no call of a client that was connected, accepted by the program or not', async () => {
    await start({ drain: { delay: '0s' } });
    const { child, ended } = proxy.program;
    // The kernel goes on accepting for a program that stands still.
    child.kill('SIGSTOP');
    const body = new URLSearchParams(signedParameters(applyFields(sandbox.instanceId), sandbox)).toString();
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const socket = await dial();
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        const closed = once(socket, 'close');
        socket.write(`GET /token/apply?${body} HTTP/1.1\r\nHost: p\r\n\r\n`);
        return async () => {
          await closed;
          return text;
        };
      }),
    );
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    for (const answer of answers)
      assert.match(await answer(), /^HTTP\/1.1 200.*connection: close.*"code":200/is);
    assert.equal(await ended, 0);
  }).timeout(30_000);

  it('is not held up for longer than agreed by clients that idle, dribble or never finish', async () => {
    await start({ drain: { delay: '0s' }, deadline: '1s' });
    sandbox.legacy.faults.set({ kind: 'slow-body', intervalMs: 1_000, actions: ['page'] });
    const [idle, halfHead, halfBody, streaming] = [await dial(), await dial(), await dial(), await dial()];
    idle.write('GET /-/healthy HTTP/1.1\r\nHost: p\r\n\r\n');
    halfHead.write('GET /token/apply HTTP/1.1\r\nHo');
    halfBody.write('POST /token/apply HTTP/1.1\r\nHost: p\r\nContent-Length: 500\r\n\r\naccessKey=');
    streaming.write('GET / HTTP/1.1\r\nHost: p\r\n\r\n');
    await Promise.all([once(idle, 'data'), once(streaming, 'data')]);
    for (const socket of sockets) socket.on('error', () => undefined).resume();

    const signalledMs = performance.now();
    proxy.program.child.kill('SIGTERM');
    assert.equal(await proxy.program.ended, 0);
    assert.ok(performance.now() - signalledMs < 1_000 + marginMs);
  }).timeout(30_000);
});
