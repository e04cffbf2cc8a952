// A TCP server that answers each HTTP request head with whatever bytes, silence or reset a test wants.
// It understands no HTTP beyond the blank line that ends a request without a body.
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Arrival {
  readonly socket: Socket;
  /** Request line and headers. */
  readonly head: string;
  /** 0 for the first connection of the server. */
  readonly connection: number;
  /** 0 for the first request of its connection. */
  readonly request: number;
}

export interface ScriptedServer {
  readonly port: number;
  readonly heads: readonly string[];
  /** Connections open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

/** Listens on a free loopback port; `answer` is called once per request. */
export async function scriptedServer(answer: (arrival: Arrival) => void): Promise<ScriptedServer> {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = net.createServer((socket) => {
    const connection = accepted;
    accepted += 1;
    sockets.add(socket);
    let request = 0;
    let received = '';
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end);
        received = received.slice(end + 4);
        heads.push(head);
        answer({ socket, head, connection, request });
        request += 1;
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    sockets,
    accepted: () => accepted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A complete HTTP answer with its length. */
export function httpAnswer(status: number, body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${lines.join('')}\r\n${body}`;
}

/** Resolves once a condition holds; fails after 8 s rather than spin for ever behind a test that has failed. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 8_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`never came true: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
