// Both guards around the real backends, over real connections that die between two calls.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCredentials } from '../../src/gateway/credentials.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { createGateway } from '../../src/gateway/openapi.ts';
import { createTransport } from '../../src/gateway/transport.ts';
import { createOldService } from '../../src/legacy/forward.ts';
import { readLegacyAnswer } from '../../src/legacy/tap.ts';
import { createBreakers, type Breakers } from '../../src/resilience/breakers.ts';
import { startDeadline } from '../../src/resilience/deadline.ts';
import { guardGateway } from '../../src/resilience/guarded-gateway.ts';
import { guardOldService } from '../../src/resilience/guarded-old-service.ts';
import type { Patience } from '../../src/resilience/patience.ts';
import { httpAnswer, scriptedServer, type Arrival, type ScriptedServer } from '../kit/scripted-server.ts';
import { secretOf } from '../kit/secrets.ts';
import { defaults } from './guard-kit.ts';

const monotonicMs = () => performance.now();
const patience = (): Patience => ({
  deadline: startDeadline(8_000, monotonicMs),
  signal: new AbortController().signal,
  callMs: 6_000,
  reserveMs: 0,
});

describe('a guarded call over a connection that dies between two calls', () => {
  let server: ScriptedServer;
  let breakers: Breakers;
  let retries: string[];
  const answer = JSON.stringify({ success: true, code: 200, tokenData: 't', RequestId: 'r', Token: 't' });
  /** One answer on each connection; the next request on it finds it dead, without a word. */
  const answerOnce = ({ socket, request }: Arrival): void => {
    if (request === 0) socket.write(httpAnswer(200, answer));
    else socket.resetAndDestroy();
  };
  beforeEach(async () => {
    server = await scriptedServer(answerOnce);
    retries = [];
    breakers = createBreakers(defaults, { monotonicMs, now: Date.now, changed: () => undefined });
  });
  afterEach(() => server.close());

  describe('to the gateway', () => {
    const permits = { sent: 0, unused: 0 };
    const transport = createTransport();
    let guarded: Gateway<Patience>;
    beforeEach(() => {
      Object.assign(permits, { sent: 0, unused: 0 });
      const gateway = createGateway({
        endpoint: `127.0.0.1:${server.port}`,
        protocol: 'http',
        credentials: createCredentials(
          { type: 'caller', accessKeyId: 'LTAISANDBOX0001', accessKeySecret: secretOf('s'.repeat(30)) },
          { now: Date.now, log: () => undefined },
        ),
        transport,
      });
      const permit = { sent: () => (permits.sent += 1), unused: () => (permits.unused += 1) };
      guarded = guardGateway(gateway, {
        account: 'shop',
        quota: { turn: () => Promise.resolve({ kind: 'turn', permit }), overflowed: () => undefined },
        breakers: breakers.of('gateway', 'here'),
        retried: (action, cause) => retries.push(`${action} ${cause}`),
      });
    });
    after(() => transport.close());
    const apply = () =>
      guarded.apply({ instanceId: 'i', actions: 'R', resources: ['a'], expireTimeMs: 1 }, patience());

    it('is answered over a new one, with a nonce and a turn of its own', async () => {
      assert.equal((await apply()).class, 'ok');
      assert.equal((await apply()).class, 'ok');
      assert.deepEqual(retries, ['apply reused-connection']);
      assert.deepEqual(permits, { sent: 3, unused: 0 });
      const nonces = server.heads.map((head) => /x-acs-signature-nonce: (\S+)/i.exec(head)?.[1]);
      assert.equal(nonces.length, 3);
      assert.equal(new Set(nonces).size, 3);
    });

    it('fails as not connected after a second try when nobody listens any more, and gives both turns back', async () => {
      await server.close();
      const outcome = await apply();
      assert.ok(outcome.class === 'fault' && outcome.cause === 'unconnected');
      assert.deepEqual(retries, ['apply unconnected']);
      assert.deepEqual(permits, { sent: 0, unused: 2 });
    });
  });

  it('to the old service is answered over a new one', async () => {
    const oldService = createOldService();
    const guarded = guardOldService(oldService, {
      breakersOf: (baseUrl) => breakers.of('legacy', baseUrl),
      read: readLegacyAnswer,
      called: () => undefined,
      retried: (action, cause) => retries.push(`${action} ${cause}`),
    });
    const kinds: string[] = [];
    const front = createServer((request, response) => {
      const baseUrl = `http://127.0.0.1:${server.port}`;
      const call = { action: 'apply', baseUrl, request, body: Buffer.alloc(0), isGenuine: true } as const;
      void guarded.forward(call, patience()).then((ended) => {
        kinds.push(ended.kind === 'answer' ? ended.reading.outcome : ended.kind);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    try {
      for (let call = 0; call < 2; call += 1) await fetch(`http://127.0.0.1:${port}/token/apply`);
      assert.deepEqual(kinds, ['ok', 'ok']);
      assert.deepEqual(retries, ['apply reused-connection']);
      assert.deepEqual([server.accepted(), server.heads.length], [2, 3]);
    } finally {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      await oldService.close();
    }
  });
});
