// A token call at the old service, from the first byte to the last, under one hard deadline.
// The answer is collected whole and unchanged; what it says is read in tap.ts.
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectionWatch } from './connection-watch.ts';
import type { ErrandListener } from './errand.ts';
import { answerHeaders } from './headers.ts';
import type { LegacyAnswer, LegacyOutcome } from './old-service.ts';

/** Longest answer that is passed on, bytes. */
export const maximumAnswerBytes = 2 * 1024 * 1024;

export interface CollectOptions {
  readonly body: Buffer;
  /** Hard limit for the whole call, ms. */
  readonly timeoutMs: number;
  readonly usedConnections: WeakSet<Socket>;
}

/** Runs `send` and resolves with how it ended; nothing of the call is left then. */
export function collect(
  send: (listener: ErrandListener) => void,
  { body, timeoutMs, usedConnections }: CollectOptions,
): Promise<LegacyOutcome> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const watch = new ConnectionWatch(usedConnections);
    let outgoing: ClientRequest | undefined;
    let settled = false;

    const settle = (outcome: WithoutDuration<LegacyOutcome>): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      // After a whole answer to a request sent whole, the connection is already free for the next call.
      if (outcome.kind === 'failure' || outgoing?.writableFinished !== true) outgoing?.destroy();
      resolve({ ...outcome, durationMs: performance.now() - startedMs });
    };
    const fail = (error: unknown): void => settle(watch.failure(error));
    const timer = setTimeout(() => settle(watch.timeout()), timeoutMs);

    send({
      started: (request) => {
        outgoing = request;
        if (settled) return void request.destroy();
        watch.follow(request);
        request.end(body);
      },
      answered: (message) => {
        readWhole(message, {
          whole: (answer) => settle({ kind: 'answer', answer }),
          unreadable: (detail) => settle({ kind: 'failure', cause: 'unreadable', detail }),
          broken: fail,
        });
      },
      failed: fail,
    });
  });
}

type WithoutDuration<Outcome> = Outcome extends unknown ? Omit<Outcome, 'durationMs'> : never;

interface Reading {
  whole(answer: LegacyAnswer): void;
  unreadable(detail: string): void;
  broken(error: unknown): void;
}

function readWhole(message: IncomingMessage, reading: Reading): void {
  message.on('error', (error) => reading.broken(error));
  if (!hasSoundStatus(message)) return reading.unreadable('INVALID_STATUS_LINE');
  const chunks: Buffer[] = [];
  let size = 0;
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximumAnswerBytes) chunks.push(chunk);
    else {
      chunks.length = 0;
      reading.unreadable('ANSWER_TOO_LARGE');
    }
  });
  message.on('end', () => {
    const { statusCode = 0, statusMessage = '', rawHeaders } = message;
    const body = Buffer.concat(chunks, size);
    reading.whole({ status: statusCode, statusMessage, rawHeaders: answerHeaders(rawHeaders), body });
  });
}

const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

/** Whether Node would write the status line that it has read; its parser takes more than its writer. */
export function hasSoundStatus({ statusCode = 0, statusMessage = '' }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode <= 999 && !unsendable.test(statusMessage);
}
