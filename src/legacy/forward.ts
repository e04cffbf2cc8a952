// The way to the old service: one http-proxy-middleware and its connections, for token calls and for everything else.
// What becomes of an errand is told in collect.ts and stream.ts; whether there is one is decided elsewhere.
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { collect } from './collect.ts';
import { destinationOf } from './destination.ts';
import { Errand, firmOptions, type ErrandLetter } from './errand.ts';
import { requestHeaders } from './headers.ts';
import type { OldService } from './old-service.ts';
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
  const common = { keepAlive: true, timeout: idleConnectionMs };
  const tls = ca === undefined ? {} : { ca };
  const calls = {
    http: new HttpAgent({ ...common, maxSockets }),
    https: new HttpsAgent({ ...common, ...tls, maxSockets }),
  };
  // Streams may last long, so that they neither take the calls' connections nor wait for one: they are counted.
  const streams = { http: new HttpAgent(common), https: new HttpsAgent({ ...common, ...tls }) };
  const usedConnections = new WeakSet<Socket>();
  const send = createSender();
  let streaming = 0;

  return {
    forward: (request, body, { baseUrl, timeoutMs }) => {
      const letter = letterFor(request, baseUrl, calls, body.length);
      const options = { body, timeoutMs, usedConnections };
      return collect((listener) => send(new Errand(letter, listener)), options);
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
      for (const agent of [calls.http, calls.https, streams.http, streams.https]) {
        // From now on a connection that becomes idle is closed.
        agent.maxFreeSockets = 0;
        for (const idle of Object.values(agent.freeSockets))
          for (const socket of idle ?? []) socket.destroy();
      }
      return Promise.resolve();
    },
  };
}

/** @param contentLength of a body that has been collected; absent: it is framed as received */
function letterFor(
  { method = 'GET', url = '/', rawHeaders }: IncomingMessage,
  baseUrl: string,
  agents: { readonly http: HttpAgent; readonly https: HttpsAgent },
  contentLength?: number,
): ErrandLetter {
  const destination = destinationOf(baseUrl, url);
  const { host, secure } = destination;
  return {
    method,
    destination,
    rawHeaders: requestHeaders(rawHeaders, { host, method, contentLength }),
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
