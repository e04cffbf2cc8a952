// A small admin server for the console: the real static files, and an API that answers whatever a test puts into it.
// For states that are hard to bring about, and for routes that a server may lack.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createConsole } from '../../src/admin/console-files.ts';

/** An answer by `GET status`, `PUT split` …; `hang` answers never. Absent: 404. */
export type Answers = Record<string, object | 'hang' | ((body: object) => object)>;

export interface FakeAdmin {
  readonly url: string;
  answers: Answers;
  /** Tokens let in, with their role; undefined: everybody is. */
  token: string | undefined;
  /** `METHOD path` and body of each order. */
  readonly orders: { readonly what: string; readonly body: unknown }[];
  /** Every URL that was asked for, query string and all. */
  readonly urls: string[];
  /** To all who watch the calls. */
  call(event: object): void;
  dropped(count: number): void;
  /** Ends every connection and listens no more. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

export async function startFakeAdmin(answers: Answers): Promise<FakeAdmin> {
  const watchers = new Set<ServerResponse>();
  const app = express();
  app.use((request, _response, next) => {
    fake.urls.push(request.url);
    next();
  });
  app.use('/console', createConsole());
  app.use('/api', express.json(), (request, response) => {
    if (fake.token !== undefined && request.headers.authorization !== `Bearer ${fake.token}`) {
      return void response.status(401).json({ error: { message: 'this token is none of admin.tokens' } });
    }
    const what = `${request.method} ${request.path.slice(1)}`;
    if (what === 'GET calls' && fake.answers[what] === undefined) return watch(request, response);
    const body = request.body as object;
    if (request.method !== 'GET') fake.orders.push({ what, body });
    const found = fake.answers[what];
    const answer = typeof found === 'function' ? (found as (body: object) => object)(body) : found;
    if (answer === 'hang') return;
    if (answer === undefined) return void response.status(404).json({ error: { message: 'no such route' } });
    if ('status' in answer && 'message' in answer) {
      return void response.status(Number(answer.status)).json({ error: { message: answer.message } });
    }
    response.json(answer);
  });
  const watch = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    watchers.add(response);
    request.once('close', () => watchers.delete(response));
  };
  const send = (event: string, data: object) => {
    for (const watcher of watchers) watcher.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };

  let server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const fake: FakeAdmin = {
    url: `http://127.0.0.1:${port}`,
    answers,
    token: undefined,
    orders: [],
    urls: [],
    call: (event) => send('call', event),
    dropped: (count) => send('dropped', { count }),
    stop: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    start: async () => {
      server = createServer(app).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
  return fake;
}
