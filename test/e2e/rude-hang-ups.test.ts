// Clients that leave at every stage of a call, in every manner, towards every backend: afterwards nothing of them is
// left, and nobody else has noticed.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { applyFields, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';
import { dial, eventually, handles, type RudeClient } from '../kit/rude-client.ts';

const stranger = { accessKey: 'LTAISTRANGER', secret: 'x' };

/** How a client leaves. */
const manners: Record<string, (client: RudeClient) => unknown> = {
  closes: ({ socket }) => socket.destroy(),
  resets: ({ socket }) => socket.resetAndDestroy(),
  // What it does not read any more may be answered or not; the server must not wait for it.
  'sends no more': ({ socket }) => socket.end(),
};

describe('a client that leaves', () => {
  let world: ProxiedWorld;
  const warnings: string[] = [];
  const note = ({ message }: Error) => {
    // The emulators' pauses all listen to one signal.
    if (!message.includes('AbortSignal')) warnings.push(message);
  };
  before(async () => {
    process.on('warning', note);
    world = await startProxiedWorld({
      sandbox: { limits: { gateway: { perAccount: null, perAddress: null } } },
      config: ({ legacy, gateway }) => ({
        backends: { legacy: { url: legacy.url }, gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
        split: { gatewayPercent: 100 },
        deadline: '2s',
        // Calls shall hang, not be held back.
        breaker: { consecutive: 100_000, minCalls: 100_000 },
        limits: { perAccount: { apply: 100_000 }, perAddress: { apply: 100_000 } },
      }),
    });
    world.sandbox.gateway.faults.set({ kind: 'delay', ms: 60 });
    world.sandbox.legacy.faults.set({ kind: 'delay', ms: 60 });
  });
  after(async () => {
    process.off('warning', note);
    await world.close();
  });

  const inflight = () => world.metric('token_proxy_inflight_requests');
  const post = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: p\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const parameters = (account: { accessKey: string; secret: string }) =>
    new URLSearchParams(signedParameters(applyFields(world.instanceId), account)).toString();
  /** A whole request to each backend, and one that is passed on. */
  const requests = () => ({
    'the gateway': post('/token/apply', parameters(world)),
    'the old service': post('/token/apply', parameters(stranger)),
    'another path': post('/other', 'a=b&'.repeat(50)),
  });

  const stages: Record<string, (request: string) => { bytes: string; when?: (sofar: string) => boolean }> = {
    'before its request line': () => ({ bytes: '' }),
    'in its request line': (request) => ({ bytes: request.slice(0, 9) }),
    'in its headers': (request) => ({ bytes: request.slice(0, request.indexOf('Content-Type') + 20) }),
    'before its body': (request) => ({ bytes: request.slice(0, request.indexOf('\r\n\r\n') + 4) }),
    'in its body': (request) => ({ bytes: request.slice(0, -40) }),
    'in a chunk': (request) => ({
      bytes: `${request.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked').split('\r\n\r\n')[0] ?? ''}\r\n\r\n7\r\nact`,
    }),
    'when it was told to go on': (request) => ({
      bytes: `${request.split('\r\n\r\n')[0] ?? ''}\r\nExpect: 100-continue\r\n\r\n`,
      when: (sofar) => sofar.startsWith('HTTP/1.1 100'),
    }),
    'while the backend works': (request) => ({ bytes: request }),
    'with more requests in line': (request) => ({ bytes: request.repeat(20) }),
    'in its answer': (request) => ({ bytes: request, when: (sofar) => sofar.length > 0 }),
    'after its answer': (request) => ({ bytes: request, when: (sofar) => sofar.includes('\r\n\r\n') }),
    'behind nonsense': (request) => ({ bytes: `${request}NONSENSE\r\n\r\n` }),
  };

  const honest = async () => {
    const { json } = await sendRaw(world.url, requests()['the gateway']);
    assert.equal(json.code, 200, json.message);
  };
  /** Timers, and sockets but for the connections that the proxy keeps to its backends. */
  const held = () => {
    const { sockets, timers } = handles();
    const { legacy, gateway } = world.sandbox;
    return { timers, sockets: sockets - legacy.stats().connections.open - gateway.stats().connections.open };
  };

  for (const [stage, cut] of Object.entries(stages)) {
    it(`${stage} leaves nothing behind`, async () => {
      await honest();
      await eventually('nothing is in flight', async () => (await inflight()) === 0);
      const before = held();
      const leavers: Promise<unknown>[] = [];
      for (const request of Object.values(requests())) {
        for (const leave of Object.values(manners)) {
          const { bytes, when } = cut(request);
          const go = async () => {
            const client = await dial(world.url, bytes);
            if (when !== undefined) await client.until(when);
            leave(client);
          };
          leavers.push(go(), go(), go());
        }
      }
      await Promise.all([...leavers, honest()]);
      await eventually('nothing is in flight', async () => (await inflight()) === 0);
      await honest();
      await eventually(`not more is held than ${JSON.stringify(before)}`, () => {
        const { sockets, timers } = held();
        return sockets <= before.sockets && timers <= before.timers;
      });
    }).timeout(60_000);
  }

  it('takes no place among the requests that are passed on', async () => {
    world.sandbox.legacy.faults.set({ kind: 'hang' });
    const other = requests()['another path'];
    // More than may be passed on at a time, were they all begun and none of them ended.
    for (let round = 0; round < 4; round += 1) {
      const clients = await Promise.all(Array.from({ length: 10 }, () => dial(world.url, other.repeat(20))));
      for (const { socket } of clients) socket.resetAndDestroy();
    }
    world.sandbox.legacy.faults.clear();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const client = await dial(world.url, other);
        const text = await client.until((sofar) => sofar.includes('\r\n\r\n'));
        client.socket.destroy();
        return text.slice(0, 12);
      }),
    );
    assert.deepEqual([...new Set(answers)], ['HTTP/1.1 404']);
    world.sandbox.legacy.faults.set({ kind: 'delay', ms: 60 });
  }).timeout(60_000);

  it('leaves no memory behind', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    world.sandbox.gateway.faults.set({ kind: 'hang' });
    const leaveInLine = async () => {
      const request = requests()['the gateway'].repeat(20);
      const clients = await Promise.all(Array.from({ length: 60 }, () => dial(world.url, request)));
      await eventually('all have asked', async () => (await inflight()) >= clients.length);
      for (const { socket } of clients) socket.resetAndDestroy();
      await eventually('nothing is in flight', async () => (await inflight()) === 0);
      collect();
      return process.memoryUsage().heapUsed;
    };
    await leaveInLine();
    const first = await leaveInLine();
    await leaveInLine();
    const last = await leaveInLine();
    // 2,400 requests; one that stays behind takes some 8 kB.
    assert.ok(last - first < 8_000_000, `${Math.round((last - first) / 1e6)} MB more`);
  }).timeout(120_000);

  it('makes nobody shout', () => {
    assert.doesNotMatch(world.logged(), /internal error/);
    assert.deepEqual(warnings, []);
  });
});
