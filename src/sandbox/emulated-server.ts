// The HTTP shell that both emulated services stand in: listens on loopback, reads requests, applies faults, answers.
// What a request means, and whether it is allowed, is the service's own affair.
import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { htmlAnswer, type Answer } from './answer.ts';
import { controlAnswer, controlPrefix, type ControlRoutes } from './control.ts';
import { isDeliveryFault, send, sendSpoilt, type Delivery } from './deliver.ts';
import type { Fault, FaultBook } from './faults.ts';
import { listenOnLoopback } from './listen.ts';
import { addressOf, type Sockets } from './sockets.ts';

/** Key and certificate in PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A request as far as it is known before its body was read. */
export interface RequestHead {
  readonly method: string;
  /** As on the request line, undecoded. */
  readonly target: string;
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly address: string;
}

/** One call on its way through a service. */
export interface ArrivedCall {
  /** By which faults are limited to actions. */
  readonly action: string;
  /** Carries the call out. */
  answer(body: Buffer): Answer | Promise<Answer>;
  /** Told instead, when a fault took the place of `answer`. */
  faulted(fault: Fault): void;
}

export interface EmulatedService {
  /** Called at arrival, before the body is read. `undefined`: the connection is reset. */
  arrive(head: RequestHead): ArrivedCall | undefined;
  /** The service's own shape of a failure. */
  failure(code: string | number, message: string, status: number | undefined): Answer;
  readonly control: ControlRoutes;
}

export interface EmulatedServer {
  readonly port: number;
  readonly url: string;
  readonly sockets: Sockets;
  close(): Promise<void>;
}

const bodyLimit = 1024 * 1024;
const idleMs = 60_000;
const toldToFail = 'told to fail';
const claimedJson = { status: 200, headers: { 'Content-Type': 'application/json' } };

/** Starts a service on 127.0.0.1. Rejects with the system's error when the port cannot be had. */
export async function startEmulatedServer(
  service: EmulatedService,
  options: {
    readonly port: number;
    readonly faults: FaultBook;
    readonly tls?: TlsIdentity;
    readonly sockets: Sockets;
  },
): Promise<EmulatedServer> {
  const { faults, sockets } = options;
  const closing = new AbortController();
  // One listener for each answer that a fault slows down.
  setMaxListeners(0, closing.signal);
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.keepAliveTimeout = idleMs;
  sockets.watch(server);
  // A peer that resets a connection or gives up a TLS handshake is an everyday event in a sandbox.
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    // A peer may leave, or the service close, in the middle of an answer.
    serve(service, request, response).catch(() => request.socket.destroy());
  });

  async function serve(
    emulated: EmulatedService,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const head = headOf(request);
    if (head.path.startsWith(controlPrefix)) {
      const body = await readBody(request);
      return send(response, controlAnswer(emulated.control, head.method, head.path, body ?? Buffer.alloc(0)));
    }
    const call = emulated.arrive(head);
    if (call === undefined) return sockets.reset(request.socket);
    const fault = faults.pick(call.action);
    if (fault?.kind === 'reset' && fault.at === 'before-reading') {
      call.faulted(fault);
      return sockets.reset(request.socket);
    }
    const body = await readBody(request);
    if (body === undefined) return send(response, htmlAnswer(413, 'Request Entity Too Large'));
    if (fault === undefined) return send(response, await call.answer(body));
    await spoil(emulated, call, body, fault, {
      response,
      socket: request.socket,
      sockets,
      signal: closing.signal,
    });
  }

  const port = await listenOnLoopback(server, options.port);
  return {
    port,
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    sockets,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        sockets.destroyAll();
      }),
  };
}

async function spoil(
  service: EmulatedService,
  call: ArrivedCall,
  body: Buffer,
  fault: Fault,
  delivery: Delivery,
): Promise<void> {
  if (isDeliveryFault(fault)) return sendSpoilt(delivery, await call.answer(body), fault);
  call.faulted(fault);
  const { response, socket, sockets } = delivery;
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      return sockets.reset(socket);
    case 'answer':
      return send(response, service.failure(fault.code, fault.message ?? toldToFail, fault.status));
    case 'ok-with-code':
      return send(response, service.failure(fault.code, fault.message ?? toldToFail, 200));
    case 'html':
      return send(response, htmlAnswer(fault.status ?? 502, 'Bad Gateway'));
    case 'empty':
      return send(response, { ...claimedJson, body: '' });
    case 'not-json':
      return send(response, { ...claimedJson, body: '{"RequestId": oops' });
    default:
      return fault satisfies never;
  }
}

function headOf(request: IncomingMessage): RequestHead {
  const target = request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    target,
    path: target.split('?', 1)[0] ?? '/',
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    address: addressOf(request.socket),
  };
}

/** @returns the whole body, or nothing when it is too long */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= bodyLimit) chunks.push(chunk);
  }
  return length <= bodyLimit ? Buffer.concat(chunks) : undefined;
}
