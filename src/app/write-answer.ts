// Writes an answer: ours in the old shape, or the old service's byte for byte, either with our own headers.
import type { ServerResponse } from 'node:http';
import { sendAnswer } from '../legacy/answer.ts';
import { envelope, httpStatus } from '../legacy/envelope.ts';
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
  const own: Record<string, string> = { 'X-Request-Id': requestId, ...style.announcements };
  if (served.backend !== 'none') own['X-Token-Proxy-Backend'] = served.backend;
  if (!keepAlive) own['Connection'] = 'close';
  if (served.answer.kind === 'forwarded') {
    sendAnswer(response, served.answer.answer, own);
    return;
  }
  const body = JSON.stringify(envelope(served.answer.reply));
  own['Content-Type'] = 'application/json;charset=UTF-8';
  own['Content-Length'] = String(Buffer.byteLength(body));
  own['Cache-Control'] = 'no-store';
  const status = served.code === 'unreadable' ? 200 : httpStatus(served.code, style.failureStatus);
  response.writeHead(status, { ...own, ...failureHeaders(served), ...retryAfter(served) }).end(body);
}

/** For whoever follows up on a failure of the gateway. */
function failureHeaders({ failure }: Served): Record<string, string> {
  if (failure === undefined) return {};
  const { code, requestId } = failure;
  return {
    'X-Gateway-Code': headerSafe(code),
    ...(requestId !== undefined && { 'X-Gateway-Request-Id': headerSafe(requestId) }),
  };
}

/** Waiting helps against a full quota and against a fault; not against a missing permission. In whole seconds. */
function retryAfter({ outcome, failure, retryAfterMs = failure?.retryAfterMs }: Served): {
  'Retry-After'?: number;
} {
  if (retryAfterMs !== undefined) return { 'Retry-After': Math.max(1, Math.ceil(retryAfterMs / 1000)) };
  const helps = failure !== undefined && (outcome === 'throttled' || outcome === 'fault');
  return helps ? { 'Retry-After': 1 } : {};
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 128);
}
