// The gateway as its callers see it: what each kind of answer and each fault on the wire becomes.
import assert from 'node:assert/strict';
import { createCredentials } from '../../src/gateway/credentials.ts';
import type { Credentials } from '../../src/gateway/credentials.ts';
import type { Gateway, GatewayFailure, GatewayOutcome } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/openapi.ts';
import type { GatewayObservation } from '../../src/gateway/openapi.ts';
import { createTransport } from '../../src/gateway/transport.ts';
import type { Transport } from '../../src/gateway/transport.ts';
import { httpAnswer, scriptedServer, until } from '../kit/scripted-server.ts';
import type { Arrival, ScriptedServer } from '../kit/scripted-server.ts';
import { badAnswers, token } from '../kit/bad-answers.ts';
import { secretOf } from '../kit/secrets.ts';

const secret = 'sandboxSecret0123456789abcdefgh';
const requestId = '0A1B2C3D-0A1B-2C3D-4E5F-0A1B2C3D4E5F';
const named = { instanceId: 'post-cn-0pp12gl0001', token };
const minted = { instanceId: 'i', actions: 'R', resources: ['TopicA'], expireTimeMs: 1 } as const;
const options = { timeoutMs: 5_000 };

describe('the gateway client', () => {
  let server: ScriptedServer;
  let transport: Transport;
  let gateway: Gateway;
  let observed: GatewayObservation[] = [];
  let answer: (arrival: Arrival) => void;

  const gatewayWith = (credentials: Credentials, now?: () => number): Gateway =>
    createGateway({
      endpoint: `127.0.0.1:${server.port}`,
      protocol: 'http',
      credentials,
      transport,
      observe: (observation) => observed.push(observation),
      now,
    });
  const fixed = (): Credentials =>
    createCredentials(
      { type: 'caller', accessKeyId: 'LTAISANDBOX0001', accessKeySecret: secretOf(secret) },
      { now: Date.now, log: () => undefined },
    );
  const answerWith = (status: number, body: unknown, headers?: Record<string, string>): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    answer = ({ socket }) => socket.write(httpAnswer(status, text, headers));
  };
  const failure = (outcome: GatewayOutcome<unknown>): GatewayFailure => {
    assert.ok(outcome.class !== 'ok');
    const text = JSON.stringify(outcome);
    assert.ok(!text.includes(token.slice(5, 17)) && !text.includes(secret) && !text.includes('?'), text);
    return outcome;
  };

  beforeEach(async () => {
    observed = [];
    server = await scriptedServer((arrival) => answer(arrival));
    transport = createTransport();
    gateway = gatewayWith(fixed());
  });
  afterEach(async () => {
    try {
      await gateway.close();
      await transport.close();
      await until(() => server.sockets.size === 0);
    } finally {
      await server.close();
    }
  });

  it('gives the token, the bare success and the status of the three calls', async () => {
    answerWith(200, { RequestId: requestId, Token: token });
    assert.deepEqual(await gateway.apply(minted, options), { class: 'ok', value: { token }, requestId });
    answerWith(200, { RequestId: requestId });
    assert.deepEqual(await gateway.revoke(named, options), { class: 'ok', value: {}, requestId });
    answerWith(200, { RequestId: requestId, TokenStatus: false });
    assert.deepEqual(await gateway.query(named, options), {
      class: 'ok',
      value: { valid: false },
      requestId,
    });
    assert.equal(server.accepted(), 1);
  });

  it('tells who listens of each call', async () => {
    answerWith(200, { RequestId: requestId }, { Date: 'Sat, 21 Nov 2026 12:00:00 GMT' });
    await gateway.revoke(named, options);
    answerWith(400, { Code: 'Throttling.User' });
    await gateway.query(named, options);
    assert.deepEqual(
      observed.map(({ durationMs, ...rest }) => (assert.ok(durationMs > 0), rest)),
      [
        { action: 'RevokeToken', class: 'ok', cause: undefined, serverDateMs: Date.UTC(2026, 10, 21, 12) },
        { action: 'QueryToken', class: 'throttled', cause: 'answered', serverDateMs: undefined },
      ],
    );
  });

  for (const [what, [status, body, expectedClass, cause]] of Object.entries(badAnswers)) {
    it(`is ${expectedClass} (${cause}) after ${what}`, async () => {
      answerWith(status, body);
      const outcome = failure(await gateway.query(named, options));
      assert.deepEqual([outcome.class, outcome.cause], [expectedClass, cause]);
    });
  }

  const faults: Record<string, [(arrival: Arrival) => void, string, boolean | undefined]> = {
    'a reset before the answer': [({ socket }) => socket.resetAndDestroy(), 'broken', false],
    'a hang': [() => undefined, 'timeout', undefined],
    'half an answer': [
      ({ socket }) => socket.end('HTTP/1.1 200 X\r\ncontent-length: 50\r\n\r\n{"Tok'),
      'broken',
      false,
    ],
    'no HTTP': [({ socket }) => socket.write('hello\r\n'), 'unreadable', undefined],
  };
  for (const [what, [act, cause, reused]] of Object.entries(faults)) {
    it(`is a fault (${cause}) after ${what}`, async () => {
      answer = act;
      const outcome = failure(await gateway.query(named, { timeoutMs: cause === 'timeout' ? 50 : 5_000 }));
      assert.deepEqual([outcome.class, outcome.cause, outcome.reusedConnection], ['fault', cause, reused]);
    });
  }

  it('is a fault (broken, reused) when an idle connection turns out dead', async () => {
    answer = ({ socket, request }) =>
      request === 0
        ? socket.write(httpAnswer(200, JSON.stringify({ RequestId: requestId })))
        : socket.resetAndDestroy();
    await gateway.revoke(named, options);
    const outcome = failure(await gateway.revoke(named, options));
    assert.deepEqual([outcome.cause, outcome.reusedConnection], ['broken', true]);
  });

  it('says by how much this machine is off when the gateway finds the date too old', async () => {
    answerWith(400, { Code: 'InvalidTimeStamp.Expired' }, { Date: 'Sat, 21 Nov 2026 12:00:00 GMT' });
    gateway = gatewayWith(fixed(), () => Date.UTC(2026, 10, 21, 12, 20));
    const outcome = failure(await gateway.query(named, options));
    assert.match(outcome.message, /1200 s ahead of/);
  });

  it('rejects half a character without sending it', async () => {
    const half = { ...minted, resources: ['a\ud800'] };
    assert.equal(failure(await gateway.apply(half, options)).code, 'InvalidParameter.Resources');
    assert.equal(failure(await gateway.query({ ...named, instanceId: '\udc00' }, options)).class, 'rejected');
    assert.equal(server.accepted(), 0);
  });

  it('gives up what was not sent yet when the caller goes, and lets what was sent run on', async () => {
    const gone = AbortSignal.abort();
    assert.equal(failure(await gateway.query(named, { ...options, signal: gone })).cause, 'aborted');
    assert.equal(server.accepted(), 0);
    const abort = new AbortController();
    const answers: (() => void)[] = [];
    answer = ({ socket }) =>
      void answers.push(() =>
        socket.write(httpAnswer(200, JSON.stringify({ RequestId: requestId, TokenStatus: true }))),
      );
    const pending = gateway.query(named, { ...options, signal: abort.signal });
    await until(() => answers.length === 1);
    abort.abort();
    answers[0]?.();
    assert.equal((await pending).class, 'ok');
  });

  it('waits for credentials no longer than for the whole call', async () => {
    gateway = gatewayWith({
      ...fixed(),
      atHand: () => undefined,
      getCredential: () => new Promise<never>(() => undefined),
    });
    assert.equal(failure(await gateway.query(named, { timeoutMs: 30 })).cause, 'credentials');
  });

  it('tells of missing credentials and sends nothing', async () => {
    const empty = { type: 'caller', accessKeyId: 'LTAI', accessKeySecret: secretOf('') } as const;
    gateway = gatewayWith(createCredentials(empty, { now: Date.now, log: () => undefined }));
    assert.deepEqual(failure(await gateway.query(named, options)).cause, 'credentials');
    assert.equal(server.accepted(), 0);
  });

  it('distrusts temporary credentials that the gateway calls expired', async () => {
    let distrusted = 0;
    gateway = gatewayWith({ ...fixed(), distrust: () => (distrusted += 1) });
    answerWith(400, { Code: 'InvalidSecurityToken.Expired' });
    assert.equal(failure(await gateway.query(named, options)).class, 'denied');
    assert.equal(distrusted, 1);
  });

  it('finishes its calls when it closes, takes no more, and leaves the transport to others', async () => {
    answer = () => undefined;
    const other = gatewayWith(fixed());
    const pending = gateway.revoke(named, options);
    await until(() => server.heads.length === 1);
    const closing = gateway.close();
    assert.equal(failure(await gateway.revoke(named, options)).cause, 'unconnected');
    answerWith(200, { RequestId: requestId });
    for (const socket of server.sockets)
      socket.write(httpAnswer(200, JSON.stringify({ RequestId: requestId })));
    assert.equal((await pending).class, 'ok');
    await closing;
    assert.equal((await other.revoke(named, options)).class, 'ok');
  });
});
