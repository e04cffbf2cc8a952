// The other side of a sandbox, for its tests: the vendor's client, a raw socket, and waiting for conditions.
// Holds no assertions.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type OpenApi from '@alicloud/openapi-client';
import { RuntimeOptions } from '@alicloud/tea-util';
import { sandboxCredentials } from '../../src/sandbox/accounts.ts';

// Required, not imported: what a default import of this CommonJS package gives depends on who loads this file.
const openApi = createRequire(import.meta.url)('@alicloud/openapi-client') as typeof OpenApi;

export interface GatewayFailureData {
  readonly code: string;
  readonly statusCode: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Calls through the vendor's client as it comes. Rejects as it does. */
export function vendorClient(
  endpoint: string,
  credentials: { accessKeyId?: string; accessKeySecret?: string; securityToken?: string } = {},
): (action: string, query: Record<string, string>, version?: string) => Promise<Record<string, unknown>> {
  const client = new openApi.default(
    new openApi.Config({
      accessKeyId: sandboxCredentials.accessKey,
      accessKeySecret: sandboxCredentials.secret,
      endpoint,
      protocol: 'http',
      ...credentials,
    }),
  );
  return async (action, query, version = '2020-04-20') => {
    const params = new openApi.Params({
      action,
      version,
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      protocol: 'HTTP',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const answer: unknown = await client.callApi(
      params,
      new openApi.OpenApiRequest({ query }),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the client carries its own copy of tea-util
      new RuntimeOptions({}),
    );
    return (answer as { body: Record<string, unknown> }).body;
  };
}

/** What came back on a raw connection, and how it ended. */
export interface RawExchange {
  readonly text: string;
  readonly ended: 'end' | 'reset' | 'left open';
}

/** Sends bytes over a fresh connection and reads until it ends or `enough` says so. */
export async function rawExchange(
  port: number,
  bytes: string,
  enough: (text: string) => boolean = () => false,
  localAddress = '127.0.0.1',
): Promise<RawExchange> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  let text = '';
  try {
    return await new Promise<RawExchange>((resolve) => {
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (enough(text)) resolve({ text, ended: 'left open' });
      });
      socket.on('end', () => resolve({ text, ended: 'end' }));
      socket.on('error', () => resolve({ text, ended: 'reset' }));
      socket.write(bytes);
    });
  } finally {
    if (!socket.destroyed) {
      socket.destroy();
      await once(socket, 'close');
    }
  }
}

/** Resolves once a condition holds; the test's own time-out is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(5);
}

/** A clock that stands still until it is told to move. */
export function handClock(startMs = Date.now()): { (): number; advance(ms: number): void } {
  let nowMs = startMs;
  return Object.assign(() => nowMs, {
    advance: (ms: number) => {
      nowMs += ms;
    },
  });
}
