// Sockets: opens one listener, limits what slow and rude clients can hold, and closes without losing a call.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { maximumBodyBytes } from './body.ts';
import type { CertificateSource } from './certificate.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface OpenListener {
  readonly address: AddressInfo;
  /** Stops accepting, lets calls in flight finish for at most `graceMs`, then drops what is left. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate?: CertificateSource;
  readonly handler: Handler;
}

/** Room for a query string as long as the longest body, and for headers. */
const maximumHeaderBytes = maximumBodyBytes + 16 * 1024;

const limits = {
  maxHeaderSize: maximumHeaderBytes,
  /** Slow clients: the head of a request in 10 s, all of it in 15 s. */
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than the 60 s after which common load balancers close idle connections, so that they close first. */
  keepAliveTimeout: 65_000,
};

/** @throws the socket's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …) when the address cannot be had */
export async function openListener(options: ListenOptions): Promise<OpenListener> {
  const { certificate, handler } = options;
  const server =
    certificate === undefined
      ? createServer(limits, handler)
      : createTlsServer({ ...limits, ...certificate.current(), minVersion: certificate.minVersion }, handler);
  if (certificate !== undefined && 'setSecureContext' in server) {
    certificate.onChange((context) => server.setSecureContext(context));
  }
  server.on('clientError', answerUnreadable);
  let draining = false;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    if (draining) response.shouldKeepAlive = false;
  });
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
    close: (graceMs) => {
      draining = true;
      return closeGently(server, graceMs);
    },
  };
}

const idleSweepMs = 50;

function closeGently(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection whose last answer was under way when draining began falls idle later.
    const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is not HTTP cannot be answered under HTTP 200; the body keeps the old shape all the same. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status = statuses[error.code ?? ''] ?? '400 Bad Request';
  const message = `the request cannot be read as HTTP: ${status.slice(4)}`;
  const body = JSON.stringify({ success: false, message, code: 400 });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json;charset=UTF-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
