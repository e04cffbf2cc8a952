// How a call to the old service can fail on the wire, and whether anybody may safely try it again.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { readLegacyAnswer } from '../../src/legacy/tap.ts';
import type { LegacyOutcome } from '../../src/legacy/old-service.ts';
import { front, plainAnswer, rawOrigin, until, type Front, type RawOrigin } from './forward-kit.ts';

/** Too long a label: no resolver is asked. */
const noSuchHost = `secret-${'x'.repeat(64)}.invalid`;
const get = 'GET /token/query?a HTTP/1.1\r\nHost: a\r\n\r\n';
type Failure = Extract<LegacyOutcome, { kind: 'failure' }>;

function failureIn(outcome: LegacyOutcome): Failure {
  assert.ok(outcome.kind === 'failure', 'an answer came');
  return outcome;
}

describe('a forwarded call that fails', () => {
  let origin: RawOrigin;
  let proxy: Front;
  let baseUrl = '';
  let timeoutMs = 5_000;
  beforeEach(async () => {
    origin = await rawOrigin();
    baseUrl = origin.url;
    timeoutMs = 5_000;
    proxy = await front({ baseUrl: () => baseUrl, timeoutMs: () => timeoutMs });
  });
  afterEach(async () => {
    await proxy.close();
    await origin.close();
  });
  const failure = async (): Promise<Failure> => failureIn(await proxy.forward(get));

  it('is unconnected when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    baseUrl = `http://127.0.0.1:${port}`;
    const { cause, detail, reusedConnection } = await failure();
    assert.deepEqual([cause, detail, reusedConnection], ['unconnected', 'ECONNREFUSED', undefined]);
  });

  it('is unconnected when the name does not exist', async () => {
    baseUrl = `http://${noSuchHost}`;
    assert.equal((await failure()).cause, 'unconnected');
  });

  it('is broken when a fresh connection dies before an answer', async () => {
    for (const die of ['destroy', 'resetAndDestroy', 'end'] as const) {
      origin.answer = ({ socket }) => void socket[die]();
      const { cause, detail, reusedConnection } = await failure();
      assert.deepEqual([cause, detail, reusedConnection], ['broken', 'ECONNRESET', false]);
    }
  });

  it('says so when a connection that had served before dies without a byte', async () => {
    for (const die of ['destroy', 'resetAndDestroy', 'end'] as const) {
      origin.answer = ({ socket }) => socket.write(plainAnswer);
      assert.equal((await proxy.forward(get)).kind, 'answer');
      origin.answer = ({ socket }) => void socket[die]();
      const { cause, reusedConnection } = await failure();
      assert.deepEqual([cause, reusedConnection], ['broken', true], die);
    }
    assert.equal(origin.accepted(), 3);
  });

  it('does not say so once a byte of an answer has come', async () => {
    for (const start of ['H', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\n']) {
      origin.answer = ({ socket }) => socket.write(plainAnswer);
      assert.equal((await proxy.forward(get)).kind, 'answer');
      origin.answer = ({ socket }) => socket.write(start, () => socket.end());
      const { cause, reusedConnection } = await failure();
      assert.notEqual(cause, 'unconnected');
      assert.notEqual(reusedConnection, true, start);
    }
  });

  it('says so too for a connection that was handed straight to a waiting call', async () => {
    await proxy.close();
    proxy = await front({ baseUrl: () => baseUrl, maxSockets: 1 });
    origin.answer = ({ socket }) => {
      if (origin.arrived.length === 1) socket.write(plainAnswer);
      else socket.destroy();
    };
    const [first, second] = await Promise.all([proxy.forward(get), proxy.forward(get)]);
    const failed = first.kind === 'failure' ? first : second;
    assert.ok(failed.kind === 'failure');
    assert.equal(origin.accepted(), 1);
    assert.deepEqual([failed.cause, failed.reusedConnection], ['broken', true]);
  });

  const truncated = {
    'with fewer bytes than its length': 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}',
    'in mid chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}',
    'without the last chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n',
  };
  for (const [how, bytes] of Object.entries(truncated)) {
    it(`is broken when the answer ends ${how}`, async () => {
      origin.answer = ({ socket }) => socket.end(bytes);
      const { cause, reusedConnection } = await failure();
      assert.deepEqual([cause, reusedConnection], ['broken', false]);
    });
  }

  const malformed = {
    'no HTTP': 'SSH-2.0-OpenSSH\r\n',
    'a header without a name': 'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'a head beyond all limits': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(64 * 1024)}\r\n\r\n`,
    'a reason phrase that cannot be sent': 'HTTP/1.1 200 a\x01b\r\nContent-Length: 0\r\n\r\n',
    'a status that cannot be sent': 'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(malformed)) {
    it(`is unreadable when the answer is ${what}`, async () => {
      origin.answer = ({ socket }) => socket.write(bytes, 'latin1');
      assert.equal((await failure()).cause, 'unreadable');
      await until(() => origin.sockets.size === 0);
    });
  }

  it('is broken when the server switches to a protocol that nobody asked for', async () => {
    origin.answer = ({ socket }) =>
      socket.write('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    assert.equal((await failure()).cause, 'broken');
    await until(() => origin.sockets.size === 0);
  });

  it('ends at its deadline when nothing comes, and closes the connection', async () => {
    timeoutMs = 30;
    origin.answer = () => undefined;
    const { cause, detail, durationMs } = await failure();
    assert.deepEqual([cause, detail], ['timeout', 'TIMEOUT']);
    assert.ok(durationMs >= 29, String(durationMs));
    await until(() => origin.sockets.size === 0);
  });

  it('ends at its deadline though bytes keep dripping', async () => {
    timeoutMs = 50;
    origin.answer = ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 5);
      socket.once('close', () => clearInterval(drip));
    };
    assert.equal((await failure()).cause, 'timeout');
    await until(() => origin.sockets.size === 0);
  });

  it('ends at its deadline while it waits for a connection, and is never sent then', async () => {
    await proxy.close();
    proxy = await front({ baseUrl: () => baseUrl, timeoutMs: () => timeoutMs, maxSockets: 1 });
    origin.answer = () => undefined;
    const first = proxy.forward(get);
    await until(() => origin.arrived.length === 1);
    timeoutMs = 20;
    const { cause, detail } = await failure();
    assert.deepEqual([cause, detail], ['timeout', 'CONNECT_TIMEOUT']);
    origin.answer = ({ socket }) => socket.write(plainAnswer);
    origin.arrived[0]?.socket.write(plainAnswer);
    assert.equal((await first).kind, 'answer');
    timeoutMs = 5_000;
    assert.equal((await proxy.forward(get.replace('?a', '?third'))).kind, 'answer');
    assert.deepEqual(
      origin.arrived.map(({ requestLine }) => requestLine.includes('third')),
      [false, true],
    );
  });

  it('names no address, path or parameter in a failure', async () => {
    baseUrl = `http://${noSuchHost}/secret-path`;
    const outcome = await proxy.forward(
      'GET /token/query?token=secret-token HTTP/1.1\r\nHost: secret-own\r\n\r\n',
    );
    assert.doesNotMatch(JSON.stringify(outcome), /secret/);
  });
});

describe('a forwarded call to the emulated old service, told to fail', () => {
  let sandbox: Sandbox;
  let proxy: Front;
  let timeoutMs = 5_000;
  before(async () => {
    sandbox = await startSandbox();
    proxy = await front({ baseUrl: () => sandbox.legacy.url, timeoutMs: () => timeoutMs });
  });
  afterEach(() => {
    sandbox.legacy.faults.clear();
    timeoutMs = 5_000;
  });
  after(async () => {
    await proxy.close();
    await sandbox.close();
  });

  const form = 'token=x';
  const post =
    'POST /token/query HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n' +
    `Content-Length: ${form.length}\r\n\r\n${form}`;
  const hourMs = 3_600_000;

  /** An answer's class and code, or the cause of a failure. */
  type Expected = readonly [string, number | undefined] | string;
  const cases: [FaultRule, Expected][] = [
    [{ kind: 'answer', code: 407 }, ['rejected', 407]],
    [{ kind: 'answer', code: 409 }, ['denied', 409]],
    [{ kind: 'answer', code: 409, status: 503 }, ['fault', 409]],
    [{ kind: 'answer', code: 'Broken', status: 500 }, ['fault', undefined]],
    [{ kind: 'ok-with-code', code: 410 }, ['denied', 410]],
    [{ kind: 'hang' }, 'timeout'],
    [{ kind: 'delay', ms: hourMs }, 'timeout'],
    [{ kind: 'delay', ms: 1 }, ['rejected', 400]],
    [{ kind: 'reset', at: 'before-reading' }, 'broken'],
    [{ kind: 'reset', at: 'after-reading' }, 'broken'],
    [{ kind: 'reset', at: 'after-headers' }, 'broken'],
    [{ kind: 'reset', at: 'mid-body' }, 'broken'],
    [{ kind: 'slow-headers', intervalMs: hourMs }, 'timeout'],
    [{ kind: 'slow-headers', intervalMs: 0 }, ['rejected', 400]],
    [{ kind: 'slow-body', intervalMs: hourMs }, 'timeout'],
    [{ kind: 'slow-body', intervalMs: 0 }, ['rejected', 400]],
    [{ kind: 'half-body' }, 'broken'],
    [{ kind: 'html' }, ['fault', undefined]],
    [{ kind: 'html', status: 200 }, ['fault', undefined]],
    [{ kind: 'empty' }, ['fault', undefined]],
    [{ kind: 'not-json' }, ['fault', undefined]],
    [{ kind: 'huge', bytes: 60_000 }, ['rejected', 400]],
    [{ kind: 'huge' }, ['fault', undefined]],
    [{ kind: 'huge', bytes: 3 * 1024 * 1024 }, 'unreadable'],
  ];
  for (const [rule, expected] of cases) {
    it(`tells ${JSON.stringify(rule)} as ${expected.toString()}`, async () => {
      sandbox.legacy.faults.set(rule);
      if (expected === 'timeout') timeoutMs = 50;
      const outcome = await proxy.forward(post);
      if (outcome.kind === 'failure') return assert.equal(outcome.cause, expected);
      const { outcome: outcomeClass, code } = readLegacyAnswer('query', outcome.answer);
      assert.deepEqual([outcomeClass, code], expected);
    });
  }

  it('answers over a connection that will be closed unannounced, and over a new one then', async () => {
    sandbox.legacy.faults.set({ kind: 'close-idle', count: 1 });
    assert.equal((await proxy.forward(post)).kind, 'answer');
    const second = await proxy.forward(post);
    if (second.kind === 'failure')
      assert.deepEqual([second.cause, second.reusedConnection], ['broken', true]);
    assert.equal((await proxy.forward(post)).kind, 'answer');
  });
});
