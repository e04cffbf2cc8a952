// Node's HTTP or HTTPS server, with a limit on everything that slow and rude clients can hold of it.
// What is served is not its affair, nor who opens and closes it.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { maximumBodyBytes } from './body.ts';
import type { CertificateSource } from './certificate.ts';
import { inTurn } from './in-turn.ts';
import {
  answerUnreadable,
  faultOf,
  mostHeaderFields,
  refuseConnect,
  refuseExpectation,
  refuseRequest,
} from './unreadable.ts';

/** What strangers can hold of a listener; times in ms. */
export interface ListenerLimits {
  /** Open connections; one more is closed at once. Open files must allow for more: the backends need some, too. */
  readonly connections: number;
  /** Requests of one connection that wait for the one before them; then nothing more is read of it. */
  readonly waitingRequests: number;
  /** For the head of a request, from its first byte or from the opening of the connection. */
  readonly headMs: number;
  /** For all of a request. */
  readonly requestMs: number;
  /** How often the two are looked at. */
  readonly sweepMs: number;
  /** An idle connection; longer than the 60 s after which common load balancers close it, so that they close first. */
  readonly idleMs: number;
  /** A connection on which nothing moves although a call is under way: nobody reads the answer. */
  readonly stalledMs: number;
  readonly handshakeMs: number;
}

export const usualLimits: ListenerLimits = {
  connections: 10_000,
  waitingRequests: 16,
  headMs: 10_000,
  requestMs: 15_000,
  sweepMs: 2_000,
  idleMs: 65_000,
  stalledMs: 300_000,
  handshakeMs: 10_000,
};

/** Room for a query string as long as the longest body, and for headers. */
const maximumHeaderBytes = maximumBodyBytes + 16 * 1024;
const tellFullEveryMs = 60_000;

export interface LimitedServerOptions {
  readonly certificate?: CertificateSource;
  /** Gets a connection's requests one after the other, and none whose end the next server could see elsewhere. */
  readonly handler: RequestListener;
  readonly limits: ListenerLimits;
  /** Told, at most once a minute, that connections are closed because too many are open. */
  readonly onFull?: (connections: number) => void;
}

export function createLimitedServer({ certificate, handler, limits, onFull }: LimitedServerOptions): Server {
  const options = {
    maxHeaderSize: maximumHeaderBytes,
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.sweepMs,
    keepAliveTimeout: limits.idleMs,
    // Old stacks leave it out.
    requireHostHeader: false,
  };
  const serve = inTurn(unlessFaulty(handler), limits.waitingRequests);
  const server =
    certificate === undefined
      ? createServer(options, serve)
      : createSecureServer({ ...options, handshakeTimeout: limits.handshakeMs }, certificate, serve);
  server.maxConnections = limits.connections;
  server.timeout = limits.stalledMs;
  // Node drops the fields beyond it without a word. One more than is served, so that too many can be told from enough.
  server.maxHeadersCount = mostHeaderFields + 1;
  if (onFull !== undefined)
    server.on(
      'drop',
      nowAndThen(() => onFull(limits.connections)),
    );
  server.on('clientError', answerUnreadable);
  server.on('checkExpectation', refuseExpectation);
  server.on('connect', refuseConnect);
  return server;
}

function createSecureServer(
  options: Parameters<typeof createTlsServer>[0],
  certificate: CertificateSource,
  serve: RequestListener,
): Server {
  const { minVersion } = certificate;
  const server = createTlsServer({ ...options, ...certificate.current(), minVersion }, serve);
  certificate.onChange((pair) => server.setSecureContext({ ...pair, minVersion }));
  return server;
}

function unlessFaulty(handler: RequestListener): RequestListener {
  return (request, response) => {
    const fault = faultOf(request);
    if (fault !== undefined) return refuseRequest(fault, response);
    // Node loses what comes right behind a request that asks for another protocol.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    handler(request, response);
  };
}

function nowAndThen(tell: () => void): () => void {
  let notBeforeMs = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs < notBeforeMs) return;
    notBeforeMs = nowMs + tellFullEveryMs;
    tell();
  };
}
