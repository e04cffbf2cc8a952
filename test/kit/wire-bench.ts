// A transport and a scripted server for one test at a time, and the proof after each that nothing is left behind.
import assert from 'node:assert/strict';
import type { CallOptions } from '../../src/gateway/gateway.ts';
import type { WireResult } from '../../src/gateway/round-trip.ts';
import { createTransport } from '../../src/gateway/transport.ts';
import type { Transport, TransportLimits } from '../../src/gateway/transport.ts';
import { httpAnswer, scriptedServer, until } from './scripted-server.ts';
import type { Arrival, ScriptedServer } from './scripted-server.ts';

export const okAnswer = httpAnswer(200, '{"RequestId":"r"}');

export type SendOptions = Partial<CallOptions>;

export interface WireBench {
  /** A server, and a transport unless `use` gives another; all of them end with the test. */
  start(answer: (arrival: Arrival) => void, limits?: Partial<TransportLimits>): Promise<ScriptedServer>;
  /** A transport without a server. */
  use(limits?: Partial<TransportLimits>): Transport;
  send(port: number, options?: SendOptions): Promise<WireResult>;
  sendTo(scheme: 'http' | 'https', host: string, options?: SendOptions): Promise<WireResult>;
  transport(): Transport;
}

/** To be called inside `describe`: registers the hooks. */
export function wireBench(): WireBench {
  let servers: ScriptedServer[] = [];
  let transport = createTransport();
  let timersBefore = 0;
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  // The count is not taken in an asynchronous hook: while one of those runs, mocha has a timer of its own.
  beforeEach(() => {
    timersBefore = timers();
  });
  afterEach(async () => {
    const finished = servers;
    servers = [];
    try {
      await transport.close();
      await until(() => finished.every(({ sockets }) => sockets.size === 0));
    } finally {
      await Promise.all(finished.map((server) => server.close()));
    }
  });
  afterEach(() => assert.equal(timers(), timersBefore, 'no timer is left'));

  const sendTo: WireBench['sendTo'] = (scheme, host, options = {}) =>
    transport.send(
      {
        origin: `${scheme}://${host}`,
        path: '/?Token=planted',
        head: `host: ${host}\r\ncontent-length: 0\r\n`,
      },
      { timeoutMs: 5_000, ...options },
    );

  return {
    start: async (answer, limits) => {
      const server = await scriptedServer(answer);
      servers.push(server);
      transport = createTransport(limits);
      return server;
    },
    use: (limits) => (transport = createTransport(limits)),
    send: (port, options) => sendTo('http', `127.0.0.1:${port}`, options),
    sendTo,
    transport: () => transport,
  };
}

/** Asserts how a call failed, and that the result shows nothing of what was sent. */
export function assertFailed(result: WireResult, cause: string, reused?: boolean): void {
  assert.equal(result.kind, 'failure');
  assert.equal(result.cause, cause, result.detail);
  assert.equal(result.reusedConnection, reused);
  assert.ok(!JSON.stringify(result).includes('planted'));
}
