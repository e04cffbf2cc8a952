// Sockets: opens one listener and closes it without losing a call. What clients can hold of it is limited-server.ts's.
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { Row } from '../row/row.ts';
import type { CertificateSource } from './certificate.ts';
import { createLimitedServer, usualLimits, type ListenerLimits } from './limited-server.ts';

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
  /** Told, at most once a minute, that connections are closed because too many are open. */
  readonly onFull?: (connections: number) => void;
  /** What differs from {@link usualLimits}. */
  readonly limits?: Partial<ListenerLimits>;
}

const idleSweepMs = 50;

/** @throws the socket's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …) when the address cannot be had */
export async function openListener(options: ListenOptions): Promise<OpenListener> {
  const sockets = new Row<Socket>();
  const answers = new Row<ServerResponse>();
  let draining = false;

  const handler: RequestListener = (request, response) => {
    if (draining) response.shouldKeepAlive = false;
    const place = answers.join(response);
    response.on('close', () => place.leave());
    options.handler(request, response);
  };
  const limits = { ...usualLimits, ...options.limits };
  const server = createLimitedServer({ ...options, handler, limits });

  server.on('connection', (socket: Socket) => {
    const place = sockets.join(socket);
    socket.once('close', () => place.leave());
  });
  const startDraining = (): void => {
    draining = true;
    for (const response of answers) response.shouldKeepAlive = false;
  };

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

/** However fast connections come, no longer than this, ms. */
const acceptingAtMostMs = 1_000;

/**
 * Takes in what the kernel has accepted already: those clients are connected and may have sent their requests, and
 * closing the listener would reset them. Node takes one a turn of its loop; a turn without one shows that all are in.
 */
async function acceptWaiting(server: Server, atMostMs: number): Promise<void> {
  const endMs = performance.now() + atMostMs;
  let accepted = true;
  const note = (): void => void (accepted = true);
  server.on('connection', note);
  while (accepted && performance.now() < endMs) {
    accepted = false;
    await new Promise(setImmediate);
  }
  server.off('connection', note);
}

/**
 * Idle connections are closed a moment later than the listener: a client may just be sending its next request over one.
 * @param sockets all of them, those in a TLS handshake included
 */
async function closeGently(
  server: Server,
  sockets: Row<Socket>,
  { graceMs, idleGraceMs }: { readonly graceMs: number; readonly idleGraceMs: number },
): Promise<void> {
  await acceptWaiting(server, Math.min(acceptingAtMostMs, graceMs));
  await new Promise<void>((resolve) => {
    let sweep: NodeJS.Timeout | undefined;
    // After the loop has read what came: a connection whose next request was there already is not idle.
    const closeIdle = () => void setImmediate(() => server.closeIdleConnections());
    const graceOver = setTimeout(() => {
      closeIdle();
      // A connection whose last answer was under way until now falls idle later.
      sweep = setInterval(closeIdle, idleSweepMs);
    }, idleGraceMs);
    const dropAll = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    // Not http's own close, which closes idle connections at once.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(graceOver);
      clearInterval(sweep);
      clearTimeout(dropAll);
      resolve();
    });
  });
}
