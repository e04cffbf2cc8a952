// The ways in which clients of the soak use their connections: properly, slowly, not to the end, or for something that
// is no HTTP at all. Nothing is ever tried twice.
import http from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Request {
  readonly method: 'GET' | 'POST';
  /** Path and query string. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back. `cut`: the connection ended behind the head. */
export type Reply =
  | { readonly kind: 'whole'; readonly status: number; readonly text: string }
  | { readonly kind: 'cut'; readonly status: number };

export interface DribbleOptions {
  readonly pieces: number;
  readonly everyMs: number;
  /** False: never sends the last piece, and waits for the answer all the same. */
  readonly complete: boolean;
  /** Called when nothing more will be sent. */
  readonly sent: () => void;
}

export interface Wire {
  /** Over a connection that is kept, or over one of its own. Rejects when not even the head of an answer comes. */
  exchange(request: Request, options?: { readonly keepAlive?: boolean }): Promise<Reply>;
  /** Sends the body piece by piece. */
  dribble(request: Request, options: DribbleOptions): Promise<Reply>;
  /** Sends so much of the request (0 to 1), waits, and hangs up. Never rejects. */
  leave(request: Request, options: { readonly share: number; readonly afterMs: number }): Promise<void>;
  /** Sends these bytes and resolves with the status that comes back. */
  babble(bytes: string): Promise<number>;
  close(): void;
}

/** When whoever waits for an answer would wait for ever, ms. */
const hopelessMs = 60_000;

export function createWire(url: string): Wire {
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true });

  function begin({ method, target, headers, body }: Request, connection: http.Agent | false) {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = { hostname, port, method, path: target, agent: connection };
    return http.request({ ...options, headers: { ...length, ...headers } });
  }

  function replyTo(request: http.ClientRequest): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => request.destroy(new Error('no answer in a minute')), hopelessMs);
      request.once('close', () => clearTimeout(timer));
      request.on('error', reject);
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ kind: 'whole', status, text }));
        response.once('error', () => resolve({ kind: 'cut', status }));
      });
    });
  }

  return {
    exchange: (wanted, { keepAlive = true } = {}) => {
      const request = begin(wanted, keepAlive ? agent : false);
      const reply = replyTo(request);
      request.end(wanted.body);
      return reply;
    },

    dribble: async (wanted, { pieces, everyMs, complete, sent }) => {
      const request = begin(wanted, false);
      const reply = replyTo(request);
      const over = new AbortController();
      const note = () => over.abort();
      reply.then(note, note);
      const body = Buffer.from(wanted.body ?? '');
      const size = Math.ceil(body.length / pieces);
      for (let at = 0; at < pieces && !over.signal.aborted; at += 1) {
        if (at === pieces - 1 && !complete) break;
        request.write(body.subarray(at * size, (at + 1) * size));
        await pause(everyMs);
      }
      if (complete) request.end();
      sent();
      return reply.finally(() => request.destroy());
    },

    leave: async ({ method, target, headers, body = '' }, { share, afterMs }) => {
      const fields = { Host: 'proxy', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
      const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
      const text = `${method} ${target} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`;
      const bytes = Buffer.concat([Buffer.from(text), Buffer.from(body)]);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined).resume();
      socket.write(bytes.subarray(0, Math.ceil(bytes.length * share)));
      await pause(afterMs);
      socket.destroy();
    },

    babble: (bytes) =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.setTimeout(hopelessMs, () => socket.destroy());
        socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
        socket.on('error', reject);
        socket.once('close', () => {
          const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
          if (status === undefined) reject(new Error('closed without an answer'));
          else resolve(Number(status));
        });
        socket.write(bytes);
      }),

    close: () => agent.destroy(),
  };
}
