// The two neighbours of the old leg, both on raw sockets: an origin that records every byte, and a client in front of
// a bare server that hands its requests to the service under test. Holds no assertions.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { collectBody, type CollectedBody } from '../../src/app/body.ts';
import { sendAnswer } from '../../src/legacy/answer.ts';
import { createOldService, type OldServiceSettings } from '../../src/legacy/forward.ts';
import type { LegacyOutcome, OldService } from '../../src/legacy/old-service.ts';

export interface Arrived {
  readonly requestLine: string;
  /** Header lines as written, byte for byte as latin1. */
  readonly headers: readonly string[];
  /** As framed on the wire. */
  readonly body: Buffer;
  readonly socket: Socket;
  /** 0 for the first connection. */
  readonly connection: number;
}

export interface RawOrigin {
  readonly port: number;
  readonly url: string;
  readonly arrived: readonly Arrived[];
  readonly sockets: ReadonlySet<Socket>;
  readonly accepted: () => number;
  /** Called once per whole request; replaceable. */
  answer: (arrived: Arrived) => void;
  /** Called at the end of the head, before the body. */
  atHead: (socket: Socket) => void;
  close(): Promise<void>;
}

export const plainAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** A TCP or TLS server on a free loopback port that understands no more HTTP than where a request ends. */
export async function rawOrigin(identity?: { key: Buffer; cert: string }): Promise<RawOrigin> {
  const arrived: Arrived[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const accept = (socket: Socket): void => {
    const connection = accepted;
    accepted += 1;
    let received = Buffer.alloc(0);
    let headSeen = false;
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!headSeen) origin.atHead(socket);
        headSeen = true;
        const [requestLine = '', ...headers] = received.subarray(0, end).toString('latin1').split('\r\n');
        const length = bodyLength(headers, received.subarray(end + 4));
        if (length === undefined) return;
        const body = received.subarray(end + 4, end + 4 + length);
        received = received.subarray(end + 4 + length);
        headSeen = false;
        const whole = { requestLine, headers, body, socket, connection };
        arrived.push(whole);
        origin.answer(whole);
      }
    });
  };
  const server = identity === undefined ? net.createServer(accept) : tls.createServer(identity, accept);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin: RawOrigin = {
    port,
    url: identity === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    arrived,
    sockets,
    accepted: () => accepted,
    answer: ({ socket }) => socket.write(plainAnswer),
    atHead: () => undefined,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return origin;
}

function bodyLength(headers: readonly string[], rest: Buffer): number | undefined {
  const field = (name: RegExp): string | undefined => headers.find((line) => name.test(line));
  if (field(/^transfer-encoding:/i) !== undefined) {
    const last = rest.indexOf('0\r\n\r\n');
    return last < 0 ? undefined : last + 5;
  }
  const length = Number(field(/^content-length:/i)?.split(':')[1] ?? 0);
  return rest.length < length ? undefined : length;
}

export interface Front {
  readonly port: number;
  readonly service: OldService;
  /** Outcomes of `forward`, in the order of their ends. */
  readonly outcomes: readonly LegacyOutcome[];
  /** Calls that `forward` was given so far. */
  readonly started: () => number;
  /** Connections from clients, open now. */
  readonly connections: () => number;
  /** Opens a connection and writes. */
  dial(bytes: string | Buffer): Dialled;
  /** Writes a request and waits until the call has ended. */
  forward(bytes: string | Buffer): Promise<LegacyOutcome>;
  close(): Promise<void>;
}

export interface Dialled {
  readonly socket: Socket;
  /** What came back so far, as latin1. */
  readonly text: () => string;
  /** Resolves with all that came back once `enough` holds, or the connection has ended. */
  until(enough: (text: string) => boolean): Promise<string>;
}

export interface FrontOptions extends OldServiceSettings {
  /** Asked at each request. */
  readonly baseUrl: () => string;
  readonly timeoutMs?: () => number;
  readonly own?: Readonly<Record<string, string>>;
}

/** A bare server that passes what begins with `/pass`, or is not in origin form, and forwards everything else. */
export async function front(options: FrontOptions): Promise<Front> {
  const { baseUrl, timeoutMs = () => 5_000, own = {}, ...settings } = options;
  const service = createOldService(settings);
  const outcomes: LegacyOutcome[] = [];
  const clients = new Set<Socket>();
  let started = 0;
  const waiting = new Map<number | undefined, (outcome: LegacyOutcome) => void>();
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const port = request.socket.remotePort;
    const body = await new Promise<CollectedBody>((resolve) => collectBody(request, resolve));
    if (body.kind !== 'complete') return;
    started += 1;
    const outcome = await service.forward(request, body.bytes, {
      baseUrl: baseUrl(),
      timeoutMs: timeoutMs(),
    });
    outcomes.push(outcome);
    waiting.get(port)?.(outcome);
    if (outcome.kind === 'answer') sendAnswer(response, outcome.answer, own);
    else response.writeHead(500, { 'X-Cause': outcome.cause }).end();
  };
  const server = http.createServer((request, response) => {
    if (request.url?.startsWith('/pass') === true) {
      service.pass(request, response, { baseUrl: baseUrl(), timeoutMs: timeoutMs(), headers: own });
    } else void forward(request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dial = (bytes: string | Buffer): Dialled => {
    const socket = net.connect(port, '127.0.0.1');
    clients.add(socket);
    let text = '';
    let ended = false;
    const noteEnd = (): void => {
      ended = true;
      clients.delete(socket);
    };
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', noteEnd);
    socket.on('close', noteEnd);
    socket.on('end', noteEnd);
    socket.write(bytes);
    return {
      socket,
      text: () => text,
      until: async (enough) => {
        await until(() => ended || enough(text));
        return text;
      },
    };
  };
  return {
    port,
    service,
    outcomes,
    started: () => started,
    connections: () => clients.size,
    dial,
    forward: async (bytes) => {
      const client = dial(bytes);
      const { socket } = client;
      await once(socket, 'connect');
      const { localPort } = socket;
      const outcome = await new Promise<LegacyOutcome>((resolve, reject) => {
        waiting.set(localPort, resolve);
        socket.once('close', () => reject(new Error(`answered without a call: ${client.text()}`)));
      });
      waiting.delete(localPort);
      socket.destroy();
      return outcome;
    },
    close: async () => {
      await service.close();
      for (const socket of clients) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves once a condition holds; the test's own time-out is the limit. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A self-signed certificate for `localhost`. */
export function makeIdentity(): { key: Buffer; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'old-service-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const identity = { key: readFileSync(key), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return identity;
}
