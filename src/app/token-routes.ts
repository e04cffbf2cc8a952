// The token routes as one function of Node's own request and response: cheaper than Express's, and in front of it.
// It collects the request, lets exchange.ts do the work under one deadline, has the answer written and recorded.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { operationAt, operations, type Operation } from '../legacy/operations.ts';
import { startDeadline } from '../resilience/deadline.ts';
import { HangUp } from '../resilience/hang-up.ts';
import { Timeouts } from '../resilience/timeouts.ts';
import { atEndOfTurn } from '../row/end-of-turn.ts';
import { collectBody, maximumBodyBytes } from './body.ts';
import type { CallRecorder } from './call-record.ts';
import type { ClientAddress } from './client-address.ts';
import { exchange, type ExchangeDependencies } from './exchange.ts';
import { requestIdOf } from './request-id.ts';
import { refused, replied, type Served } from './served.ts';
import { splitTarget } from './target.ts';
import { writeAnswer, type AnswerStyle } from './write-answer.ts';

/** What a request is answered by; a reload replaces it as a whole. */
export interface House extends ExchangeDependencies, AnswerStyle {
  readonly deadlineMs: number;
  readonly clientAddress: ClientAddress;
  /** Whether a client at this address may call at all. */
  readonly admits: (address: string) => boolean;
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

export interface TokenRoutes {
  /** Takes the three token routes and passes everything else on. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** Calls that are being worked on, those of clients that have left included. */
  readonly inflight: () => number;
  /** Resolves once no call is being worked on. */
  readonly whenIdle: () => Promise<void>;
}

export function createTokenRoutes(dependencies: TokenRoutesDependencies): TokenRoutes {
  const { house: currentHouse, record, monotonicMs, onDefect } = dependencies;
  let inflight = 0;
  let waiting: (() => void)[] = [];
  let timeouts = new Timeouts(currentHouse().deadlineMs, monotonicMs);

  const ended = (): void => {
    inflight -= 1;
    if (inflight > 0) return;
    for (const tell of waiting) tell();
    waiting = [];
  };

  /** `ended` is called when the work is done, which may be after the answer or after the client has left. */
  function begin(
    request: IncomingMessage,
    response: ServerResponse,
    operation: Operation,
    queryString: string,
  ): void {
    inflight += 1;
    const house = currentHouse();
    if (timeouts.delayMs !== house.deadlineMs) timeouts = new Timeouts(house.deadlineMs, monotonicMs);
    const startedMs = monotonicMs();
    const requestId = requestIdOf(request);
    const clientAddress = house.clientAddress(request);
    const hangUp = new HangUp();
    let answered = false;
    let stage: 'reading' | 'working' | 'over' = 'reading';

    const finish = (served: Served): void => {
      if (answered) return;
      answered = true;
      timeout.cancel();
      const clientLeft = response.destroyed;
      writeAnswer(response, served, { requestId, keepAlive: stage === 'working' }, house);
      const durationMs = monotonicMs() - startedMs;
      record({ operation, served, durationMs, requestId, clientAddress, clientLeft, request });
      served.afterwards?.();
    };
    const end = (): void => {
      stage = 'over';
      timeout.cancel();
      ended();
    };
    const timeout = timeouts.start(() => {
      finish(tooLate(operation, stage === 'working', house.deadlineMs));
      // Of a response that was over before it began nothing more is told.
      if (stage === 'reading' && response.destroyed) end();
    });
    response.on('close', () => {
      if (!answered) hangUp.abort();
      // Part of the request never came.
      if (stage === 'reading') end();
    });

    async function work(body: Buffer): Promise<void> {
      // Its time was over before its turn came.
      if (answered) return end();
      try {
        const raw = rawRequest(request, queryString, body);
        const deadline = startDeadline(house.deadlineMs, monotonicMs, startedMs);
        const signal = hangUp;
        finish(
          await exchange({ operation, raw, request, deadline, signal, requestId, clientAddress }, house),
        );
      } catch (error) {
        finish(failed(operation, 'internal error'));
        onDefect(error, requestId);
      }
      end();
    }

    function refuse(served: Served): void {
      try {
        finish(served);
      } catch (error) {
        onDefect(error, requestId);
      }
      end();
    }

    if (!house.admits(clientAddress)) return refuse(notAdmitted(clientAddress));
    collectBody(request, (body) => {
      if (answered) return;
      if (body.kind === 'too-large' || queryString.length > maximumBodyBytes) refuse(tooLarge);
      else {
        stage = 'working';
        atEndOfTurn(() => void work(body.bytes));
      }
    });
  }

  return {
    inflight: () => inflight,
    whenIdle: () => (inflight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    handle: (request, response, next) => {
      const { path, queryString } = splitTarget(request.url ?? '/');
      const operation = operationAt(path);
      if (operation === undefined) next();
      else begin(request, response, operation, queryString);
    },
  };
}

function rawRequest(request: IncomingMessage, queryString: string, body: Buffer) {
  const { 'content-type': contentType, 'content-encoding': contentEncoding } = request.headers;
  return { method: request.method ?? 'GET', queryString, contentType, contentEncoding, body };
}

function failed(operation: Operation, message: string): Served {
  const { failureCode: code } = operations[operation];
  return replied({ kind: 'failed', code, message }, { outcome: 'fault', backend: 'none' });
}

const tooLarge = refused(400, `the request is too large: at most ${maximumBodyBytes / 1024} KiB are read`);

function notAdmitted(address: string): Served {
  return refused(400, `this server does not serve ${address}: its operator allows certain addresses only`);
}

function tooLate(operation: Operation, bodyRead: boolean, deadlineMs: number): Served {
  return bodyRead
    ? failed(operation, `no answer within ${deadlineMs} ms`)
    : refused(400, `the request did not arrive whole within ${deadlineMs} ms`);
}
