// The ways to the old service: connections of our own for token calls, one http-proxy-middleware for everything else.
// What becomes of a call is told in collect.ts and stream.ts; whether there is one is decided elsewhere.
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { collect } from './collect.ts';
import { ConnectionPool } from './connection-pool.ts';
import { baseOf, destinationOf, type Base } from './destination.ts';
import { Errand, firmOptions, type ErrandLetter } from './errand.ts';
import { requestHeaders } from '../wire/headers.ts';
import type { OldService } from './old-service.ts';
import { requestBytes } from './request-bytes.ts';
import { refuse, stream } from './stream.ts';

export interface OldServiceSettings {
  /** Connections for token calls to one old service; further calls wait, within their time. Default 256. */
  readonly maxSockets?: number;
  /** Other requests that are streamed at a time; one more is answered 503. Default 256. */
  readonly maxStreams?: number;
  /** A streamed answer on which nothing moves for so long is cut off, ms. Default 30,000. */
  readonly streamIdleMs?: number;
  /** PEM certificates that replace the trusted roots. */
  readonly ca?: string;
}

/** Below the 5 s after which Node's own server closes an idle connection; others wait longer. */
const idleConnectionMs = 4_000;

export function createOldService(settings: OldServiceSettings = {}): OldService {
  const { maxSockets = 256, maxStreams = 256, streamIdleMs = 30_000, ca } = settings;
  const tls = ca === undefined ? {} : { ca };
  // Token calls go over connections of our own: a fifth of the cost of http-proxy-middleware (CPU time of a bare
  // forwarder 0.24 of its; 0.38 with Node's http client). Configured addresses only, so that there are few.
  const destinations = new Map<string, TokenDestination>();
  const destinationFor = (baseUrl: string): TokenDestination => {
    const known = destinations.get(baseUrl);
    if (known !== undefined) return known;
    const base = baseOf(baseUrl);
    const pool = new ConnectionPool({ base, ca, idleMs: idleConnectionMs, maxSockets });
    const destination = { base, pool };
    destinations.set(baseUrl, destination);
    return destination;
  };
  // Streams may last long, so that they neither take the calls' connections nor wait for one: they are counted.
  const common = { keepAlive: true, timeout: idleConnectionMs };
  const streams = { http: new HttpAgent(common), https: new HttpsAgent({ ...common, ...tls }) };
  const send = createSender();
  let streaming = 0;

  return {
    forward: ({ method = 'GET', url = '/', rawHeaders }, body, { baseUrl, timeoutMs }) => {
      const { base, pool } = destinationFor(baseUrl);
      const bytes = requestBytes({ method, url, rawHeaders, body }, base);
      if (typeof bytes !== 'string') return collect(pool, { method, bytes, timeoutMs });
      return Promise.resolve({ kind: 'failure', cause: 'unconnected', detail: bytes, durationMs: 0 });
    },

    pass: (request, response, { baseUrl, timeoutMs, headers }) => {
      if (response.destroyed) return;
      if (streaming >= maxStreams) return refuse(response, 503, headers);
      streaming += 1;
      response.once('close', () => (streaming -= 1));
      const letter = letterFor(request, baseUrl, streams);
      const options = { timeoutMs, idleMs: streamIdleMs, headers };
      stream((listener) => send(new Errand(letter, listener)), request, response, options);
    },

    close: () => {
      for (const { pool } of destinations.values()) pool.close();
      for (const agent of [streams.http, streams.https]) {
        // From now on a connection that becomes idle is closed.
        agent.maxFreeSockets = 0;
        for (const idle of Object.values(agent.freeSockets))
          for (const socket of idle ?? []) socket.destroy();
      }
      return Promise.resolve();
    },
  };
}

interface TokenDestination {
  readonly base: Base;
  readonly pool: ConnectionPool;
}

function letterFor(
  { method = 'GET', url = '/', rawHeaders }: IncomingMessage,
  baseUrl: string,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
): ErrandLetter {
  const destination = destinationOf(baseUrl, url);
  const { host, secure } = destination;
  return {
    method,
    destination,
    rawHeaders: requestHeaders(rawHeaders, { host, method, contentLength: undefined }),
    agent: secure ? agents.https : agents.http,
  };
}

/** Nothing of ours goes through a response: http-proxy takes this one for answered and leaves it alone. */
const noResponse = { headersSent: true, finished: true } as const;

/** The one http-proxy-middleware. Its own plugins log and answer with URLs, and add listeners to pooled sockets. */
function createSender(): (errand: Errand) => void {
  let current: Errand | undefined;
  const middleware = createProxyMiddleware<Errand, typeof noResponse>({
    router: ({ letter: { destination } }) => ({
      protocol: destination.secure ? 'https:' : 'http:',
      hostname: destination.hostname,
      port: String(destination.port),
    }),
    pathFilter: () => true,
    toProxy: true,
    selfHandleResponse: true,
    secure: true,
    ssl: firmOptions(() => current),
    ejectPlugins: true,
    plugins: [
      (proxy) => {
        // http-proxy fills and reads the options in the same breath as it tells of the start.
        proxy.on('start', (errand) => (current = errand));
        proxy.on('error', (error, errand) => errand.listener.failed(error));
      },
    ],
  });
  return (errand) => {
    void middleware(errand, noResponse, (error) => errand.listener.failed(error));
  };
}
