// The token routes as one function of Node's own request and response: cheaper than Express's, and mounted in it.
// It collects the request, lets exchange.ts do the work under one deadline, writes the answer and has it recorded.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LegacyReply } from '../legacy/call.ts';
import { envelope, httpStatus } from '../legacy/envelope.ts';
import { operationAt, operations, type Operation } from '../legacy/operations.ts';
import { startDeadline } from '../resilience/deadline.ts';
import { collectBody, maximumBodyBytes } from './body.ts';
import type { CallRecorder } from './call-record.ts';
import { exchange, type ExchangeDependencies, type Exchanged } from './exchange.ts';
import { splitTarget } from './target.ts';

/** What a request is answered by; a reload replaces it as a whole. */
export interface House extends ExchangeDependencies {
  readonly deadlineMs: number;
  readonly failureStatus: 200 | 'mirror';
}

export interface TokenRoutesDependencies {
  /** The house of this moment. */
  readonly house: () => House;
  readonly record: CallRecorder;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** Told of errors that should not exist; the client has its answer already. */
  readonly onDefect: (error: unknown, requestId: string) => void;
}

export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const saneRequestId = /^[\w.:/+=-]{1,128}$/;

/** @returns a handler that takes the three token routes and passes everything else on */
export function createTokenRoutes(dependencies: TokenRoutesDependencies): NodeHandler {
  return (request, response, next) => {
    const { path, queryString } = splitTarget(request.url ?? '/');
    const operation = operationAt(path);
    if (operation === undefined) return next();
    handle(request, response, operation, queryString, dependencies);
  };
}

function handle(
  request: IncomingMessage,
  response: ServerResponse,
  operation: Operation,
  queryString: string,
  { house: currentHouse, record, monotonicMs, onDefect }: TokenRoutesDependencies,
): void {
  const house = currentHouse();
  const startedMs = monotonicMs();
  const deadline = startDeadline(house.deadlineMs, monotonicMs);
  const requestId = requestIdOf(request);
  let answered = false;
  let bodyRead = false;

  const finish = (exchanged: Exchanged): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    write(response, exchanged, { requestId, failureStatus: house.failureStatus, keepAlive: bodyRead });
    record({ operation, exchanged, durationMs: monotonicMs() - startedMs, requestId, request });
  };
  const timer = setTimeout(() => finish(tooLate(operation, bodyRead, house.deadlineMs)), house.deadlineMs);

  const work = async (): Promise<void> => {
    const body = await collectBody(request);
    if (body.kind === 'gone') return clearTimeout(timer);
    if (body.kind === 'too-large' || queryString.length > maximumBodyBytes) return finish(tooLarge);
    bodyRead = true;
    finish(
      await exchange({ operation, request: rawRequest(request, queryString, body.bytes), deadline }, house),
    );
  };
  work().catch((error: unknown) => {
    finish(failed(operations[operation].failureCode, 'internal error', 'fault'));
    onDefect(error, requestId);
  });
}

function rawRequest(request: IncomingMessage, queryString: string, body: Buffer) {
  const { 'content-type': contentType, 'content-encoding': contentEncoding } = request.headers;
  return { method: request.method ?? 'GET', queryString, contentType, contentEncoding, body };
}

interface Writing {
  readonly requestId: string;
  readonly failureStatus: 200 | 'mirror';
  /** False when part of the request was left unread: the connection cannot be used again. */
  readonly keepAlive: boolean;
}

function write(
  response: ServerResponse,
  exchanged: Exchanged,
  { requestId, failureStatus, keepAlive }: Writing,
) {
  if (response.destroyed) return;
  const { backend, failure, reply } = exchanged;
  const body = JSON.stringify(envelope(reply));
  const headers: Record<string, string | number> = {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
  };
  if (backend !== 'none') headers['X-Token-Proxy-Backend'] = backend;
  if (failure !== undefined) {
    headers['X-Gateway-Code'] = headerSafe(failure.code);
    if (failure.requestId !== undefined) headers['X-Gateway-Request-Id'] = headerSafe(failure.requestId);
    if (failure.class === 'throttled' || failure.class === 'fault') headers['Retry-After'] = 1;
  }
  if (!keepAlive) headers['Connection'] = 'close';
  response.writeHead(httpStatus(exchanged.code, failureStatus), headers).end(body);
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && saneRequestId.test(given) ? given : randomUUID();
}

function failed(code: 400 | 409 | 410, message: string, outcome: Exchanged['outcome']): Exchanged {
  const reply: LegacyReply = { kind: 'failed', code, message };
  return { reply, code, outcome, backend: 'none' };
}

const tooLarge = failed(
  400,
  `the request is too large: at most ${maximumBodyBytes / 1024} KiB are read`,
  'rejected',
);

function tooLate(operation: Operation, bodyRead: boolean, deadlineMs: number): Exchanged {
  return bodyRead
    ? failed(operations[operation].failureCode, `no answer within ${deadlineMs} ms`, 'fault')
    : failed(400, `the request did not arrive whole within ${deadlineMs} ms`, 'rejected');
}
