// Writes an answer: ours in the old shape, or the old service's byte for byte, either with our own headers.
import type { ServerResponse } from 'node:http';
import { sendAnswer } from '../legacy/answer.ts';
import { envelope, httpStatus } from '../legacy/envelope.ts';
import { endWith } from '../wire/end-with.ts';
import type { Served } from './served.ts';

/** How answers are dressed; from the configuration. */
export interface AnswerStyle {
  readonly failureStatus: 200 | 'mirror';
  /** `Deprecation` and `Sunset`, as configured. */
  readonly announcements: Readonly<Record<string, string>>;
}

export interface Writing {
  readonly requestId: string;
  /** False when part of the request was left unread: the connection cannot be used again. */
  readonly keepAlive: boolean;
}

/** Does nothing for a client that has left. */
export function writeAnswer(
  response: ServerResponse,
  served: Served,
  { requestId, keepAlive }: Writing,
  style: AnswerStyle,
): void {
  if (response.destroyed) return;
  if (served.answer.kind === 'forwarded') {
    const own: Record<string, string> = { 'X-Request-Id': requestId, ...style.announcements };
    if (served.backend !== 'none') own['X-Token-Proxy-Backend'] = served.backend;
    if (!keepAlive) own['Connection'] = 'close';
    sendAnswer(response, served.answer.answer, own);
    return;
  }
  const body = JSON.stringify(envelope(served.answer.reply));
  const length = Buffer.byteLength(body);
  const headers = [
    'X-Request-Id',
    requestId,
    'Content-Type',
    'application/json;charset=UTF-8',
    'Content-Length',
    String(length),
    'Cache-Control',
    'no-store',
  ];
  if (served.backend !== 'none') headers.push('X-Token-Proxy-Backend', served.backend);
  if (!keepAlive) headers.push('Connection', 'close');
  for (const name in style.announcements) headers.push(name, style.announcements[name] ?? '');
  pushFailure(headers, served.failure);
  const retryAfter = retryAfterSeconds(served);
  if (retryAfter !== undefined) headers.push('Retry-After', String(retryAfter));
  const status = served.code === 'unreadable' ? 200 : httpStatus(served.code, style.failureStatus);
  // Text in ASCII alone is written without being encoded.
  response.writeHead(status, headers);
  endWith(response, body, length === body.length ? 'latin1' : 'utf8');
}

/** For whoever follows up on a failure of the gateway. */
function pushFailure(headers: string[], failure: Served['failure']): void {
  if (failure === undefined) return;
  headers.push('X-Gateway-Code', headerSafe(failure.code));
  if (failure.requestId !== undefined) headers.push('X-Gateway-Request-Id', headerSafe(failure.requestId));
}

/** Waiting helps against a full quota and against a fault; not against a missing permission. In whole seconds. */
function retryAfterSeconds({
  outcome,
  failure,
  retryAfterMs = failure?.retryAfterMs,
}: Served): number | undefined {
  if (retryAfterMs !== undefined) return Math.max(1, Math.ceil(retryAfterMs / 1000));
  return failure !== undefined && (outcome === 'throttled' || outcome === 'fault') ? 1 : undefined;
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}
