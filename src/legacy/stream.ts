// Any request but a token call, streamed through to the old service and back.
// Keeps nothing of either body. Whoever leaves ends the other side; a half answer never looks whole.
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { ErrandListener } from './errand.ts';
import { answerHeaders } from '../wire/headers.ts';

export interface StreamOptions {
  /** Hard limit until the answer's headers, ms. */
  readonly timeoutMs: number;
  /** A connection on which nothing moves for so long while the answer runs is cut, ms. */
  readonly idleMs: number;
  /** Ours, added to the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Runs `send` for a request whose body has not been read, and answers it. */
export function stream(
  send: (listener: ErrandListener) => void,
  request: IncomingMessage,
  response: ServerResponse,
  { timeoutMs, idleMs, headers }: StreamOptions,
): void {
  let outgoing: ClientRequest | undefined;
  let decided = false;

  const giveUp = (status: RefusalStatus): void => {
    if (decided) return;
    decided = true;
    clearTimeout(timer);
    stop();
    refuse(response, status, headers);
  };
  const stop = (): void => {
    if (outgoing !== undefined) request.unpipe(outgoing);
    outgoing?.destroy();
    // What is left of the request's body is read, so that the client gets as far as the answer.
    request.resume();
  };
  const timer = setTimeout(() => giveUp(504), timeoutMs);
  response.once('close', () => {
    decided = true;
    clearTimeout(timer);
    stop();
  });

  send({
    started: (created) => {
      outgoing = created;
      if (decided) return stop();
      // flushHeaders names no encoding; header values are bytes, not UTF-8.
      created.once('socket', (socket) => socket.setDefaultEncoding('latin1'));
      // The old service may have something to say before the first byte of the body comes.
      created.flushHeaders();
      request.pipe(created);
    },
    answered: (answer) => {
      // Unheard, an error of an answer that nobody wants any more would end the process.
      answer.on('error', () => undefined);
      if (decided) return void answer.destroy();
      if (!hasSoundStatus(answer)) return giveUp(502);
      decided = true;
      clearTimeout(timer);
      outgoing?.setTimeout(idleMs, () => outgoing?.destroy());
      const { statusCode = 0, statusMessage = '', rawHeaders } = answer;
      response.writeHead(statusCode, statusMessage, answerHeaders(rawHeaders, headers));
      // A pipeline listens seven times for the end of the response; Node would warn of a leak at each request.
      response.setMaxListeners(20);
      // On an error it destroys both; that cuts the client off.
      pipeline(answer, response, () => undefined);
    },
    failed: () => giveUp(502),
  });
}

const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether Node would write the status line that it has read; its parser takes more than its writer. */
function hasSoundStatus({ statusCode = 0, statusMessage = '' }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode <= 999 && !unsendable.test(statusMessage);
}

type RefusalStatus = 502 | 503 | 504;

const refusals = {
  502: 'the old service cannot be reached or broke off',
  503: 'too many requests for the old service at a time',
  504: 'the old service did not answer in time',
} as const satisfies Record<RefusalStatus, string>;

/** An answer of our own, in the old shape. It repeats nothing of the request. */
export function refuse(
  response: ServerResponse,
  status: RefusalStatus,
  headers: Readonly<Record<string, string>>,
): void {
  const body = JSON.stringify({ success: false, message: refusals[status], code: status });
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
