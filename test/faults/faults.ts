// Every way in which a backend can fail, arranged for real: a rule for the emulator, another address, or a relay in
// front of it that does what no HTTP server would.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { FaultRule } from '../../src/sandbox/faults.ts';

/** Where the proxy is told to find a backend. */
export interface Place {
  readonly protocol: 'http' | 'https';
  /** `host:port`. */
  readonly endpoint: string;
  close?(): Promise<void>;
}

export interface BackendFault {
  /** For the table. */
  readonly name: string;
  /** Carried out by the emulator. */
  readonly rule?: FaultRule;
  /** Puts something else in the emulator's place. */
  readonly place?: (endpoint: string) => Place | Promise<Place>;
  /** The gateway's clock, ms ahead. */
  readonly skewMs?: number;
  /** Whether a good call comes before the one that is looked at, so that a connection is there. */
  readonly warm?: true;
}

export const backendFaults: readonly BackendFault[] = [
  { name: 'refuses connections', place: () => ({ protocol: 'http', endpoint: '127.0.0.1:1' }) },
  { name: 'has no address (DNS)', place: () => ({ protocol: 'http', endpoint: 'backend.invalid' }) },
  { name: 'fails the TLS handshake', place: (endpoint) => ({ protocol: 'https', endpoint }) },
  { name: 'resets before reading', rule: { kind: 'reset', at: 'before-reading' } },
  { name: 'resets after reading', rule: { kind: 'reset', at: 'after-reading' } },
  { name: 'resets after the headers', rule: { kind: 'reset', at: 'after-headers' } },
  { name: 'resets in mid body', rule: { kind: 'reset', at: 'mid-body' } },
  {
    name: 'drops a reused idle connection, once',
    warm: true,
    place: (endpoint) => relay(endpoint, 'drops the second request'),
  },
  { name: 'closes idle connections unannounced', warm: true, rule: { kind: 'close-idle' } },
  { name: 'accepts and says nothing', rule: { kind: 'hang' } },
  { name: 'drips its headers', rule: { kind: 'slow-headers', intervalMs: 100 } },
  { name: 'drips its body', rule: { kind: 'slow-body', intervalMs: 100 } },
  { name: 'sends half a body', rule: { kind: 'half-body' } },
  { name: 'sends more than its length', place: (endpoint) => relay(endpoint, 'says half the length') },
  { name: 'sends an HTML error page', rule: { kind: 'html', status: 502 } },
  { name: 'sends an empty 200', rule: { kind: 'empty' } },
  { name: 'sends a 200 that is no JSON', rule: { kind: 'not-json' } },
  { name: 'sends an answer of 1 MB', rule: { kind: 'huge', bytes: 1024 * 1024 } },
  { name: 'has a clock 20 minutes ahead', skewMs: 20 * 60_000 },
];

/** Codes of the gateway, one of each kind and those with a meaning of their own (PROTOCOL section 2). */
export const gatewayCodes: readonly (readonly [code: string, status: number])[] = [
  ['ParameterCheckFailed', 400],
  ['InvalidParameter.ExpireTime', 400],
  ['MissingActions', 400],
  ['CheckAccountInfoFailed', 400],
  ['InstancePermissionCheckFailed', 400],
  ['PermissionCheckFailed', 400],
  ['NoPermission', 403],
  ['Forbidden.RAM', 403],
  ['ApiNotSupport', 404],
  ['InvalidAccessKeyId.NotFound', 404],
  ['SignatureDoesNotMatch', 400],
  ['InvalidSecurityToken.Expired', 400],
  ['ApplyTokenOverFlow', 400],
  ['RevokeTokenOverFlow', 400],
  ['Throttling', 400],
  ['Throttling.User', 400],
  ['Throttling.Api', 500],
  ['InvalidTimeStamp.Expired', 400],
  ['SignatureNonceUsed', 400],
  ['InternalError', 500],
  ['SystemOverFlow', 500],
  ['ServiceUnavailable', 503],
];

type Trick = 'drops the second request' | 'says half the length';

/** A relay in front of a backend. The request that it drops is gone; those after it pass. */
async function relay(endpoint: string, trick: Trick): Promise<Place> {
  const [host = '', port = ''] = endpoint.split(':');
  const sockets = new Set<Socket>();
  let dropped = false;
  const server = createServer((client) => {
    const backend = connect(Number(port), host);
    for (const socket of [client, backend]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => backend.destroy());
    backend.on('close', () => client.end());
    let served = false;
    client.on('data', (chunk) => {
      if (trick === 'drops the second request' && served && !dropped) {
        dropped = true;
        client.resetAndDestroy();
      } else {
        backend.write(chunk);
      }
    });
    backend.on('data', (chunk: Buffer) => {
      served = true;
      client.write(trick === 'says half the length' ? shortened(chunk) : chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    protocol: 'http',
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The length of an answer, halved; the body stays as it is. */
function shortened(answer: Buffer): Buffer {
  const text = answer.toString('latin1');
  return Buffer.from(
    text.replace(/(content-length: )(\d+)/i, (_, name: string, length: string) => {
      return `${name}${Math.floor(Number(length) / 2)}`;
    }),
    'latin1',
  );
}
