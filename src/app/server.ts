// Sockets: opens one listener, limits what slow and rude clients can hold, and closes without losing a call.
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { maximumBodyBytes } from './body.ts';
import type { CertificateSource } from './certificate.ts';
import { answerUnreadable, refuseConnect, refuseExpectation } from './unreadable.ts';

export interface OpenListener {
  readonly address: AddressInfo;
  /** From now on every answer ends its connection, so that clients come back elsewhere. */
  readonly startDraining: () => void;
  /** Stops accepting, lets calls in flight finish for at most `graceMs`, then drops what is left. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate?: CertificateSource;
  readonly handler: RequestListener;
  /** How long idle connections are still served once no new ones are accepted, ms. */
  readonly idleGraceMs: number;
}

/** Room for a query string as long as the longest body, and for headers. */
const maximumHeaderBytes = maximumBodyBytes + 16 * 1024;
const handshakeTimeoutMs = 10_000;
const idleSweepMs = 50;

const limits = {
  maxHeaderSize: maximumHeaderBytes,
  /** Slow clients: the head of a request in 10 s, all of it in 15 s. */
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than the 60 s after which common load balancers close idle connections, so that they close first. */
  keepAliveTimeout: 65_000,
  /** Old stacks leave it out. */
  requireHostHeader: false,
};

/** @throws the socket's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …) when the address cannot be had */
export async function openListener(options: ListenOptions): Promise<OpenListener> {
  const server = createFor(options);
  const sockets = new Set<Socket>();
  let draining = false;

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const pending = new Set<ServerResponse>();
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (draining) response.shouldKeepAlive = false;
    pending.add(response);
    response.once('close', () => pending.delete(response));
  });
  const startDraining = (): void => {
    draining = true;
    for (const response of pending) response.shouldKeepAlive = false;
  };
  server.on('clientError', answerUnreadable);
  server.on('checkExpectation', refuseExpectation);
  server.on('connect', refuseConnect);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listening on no port');
  return {
    address,
    startDraining,
    close: (graceMs) => {
      startDraining();
      return closeGently(server, sockets, { graceMs, idleGraceMs: Math.min(options.idleGraceMs, graceMs) });
    },
  };
}

function createFor({ certificate, handler }: ListenOptions): Server {
  if (certificate === undefined) return createServer(limits, handler);
  const { minVersion } = certificate;
  const tls = { ...limits, ...certificate.current(), minVersion, handshakeTimeout: handshakeTimeoutMs };
  const server = createTlsServer(tls, handler);
  certificate.onChange((pair) => server.setSecureContext({ ...pair, minVersion }));
  return server;
}

/**
 * Idle connections are closed a moment later than the listener: a client may just be sending its next request over one.
 * @param sockets all of them, those in a TLS handshake included
 */
function closeGently(
  server: Server,
  sockets: ReadonlySet<Socket>,
  { graceMs, idleGraceMs }: { readonly graceMs: number; readonly idleGraceMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    let sweep: NodeJS.Timeout | undefined;
    const closeIdle = setTimeout(() => {
      server.closeIdleConnections();
      // A connection whose last answer was under way until now falls idle later.
      sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
    }, idleGraceMs);
    const dropAll = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    // Not http's own close, which closes idle connections at once.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(closeIdle);
      clearInterval(sweep);
      clearTimeout(dropAll);
      resolve();
    });
  });
}
