// The answers of the emulated gateway: their shapes, and the HTTP status of every documented code.
// It decides nothing about calls.
import { jsonAnswer, type Answer } from './answer.ts';

const statusOf: Readonly<Record<string, number>> = {
  NoPermission: 403,
  'Forbidden.RAM': 403,
  ApiNotSupport: 404,
  'InvalidAccessKeyId.NotFound': 404,
  InternalError: 500,
  SystemOverFlow: 500,
  ServiceUnavailable: 503,
};

/** HTTP status of a code (PROTOCOL section 2): 400 unless the table says otherwise. */
export function gatewayStatus(code: string): number {
  return Object.hasOwn(statusOf, code) ? (statusOf[code] ?? 400) : 400;
}

/** What every answer carries. */
export interface AnswerFrame {
  readonly requestId: string;
  /** The Host header that was asked for. */
  readonly hostId: string;
  readonly nowMs: number;
}

/** `{RequestId, …fields}` with status 200. */
export function gatewaySuccess(frame: AnswerFrame, fields: Readonly<Record<string, unknown>>): Answer {
  return dated(frame, jsonAnswer({ RequestId: frame.requestId, ...fields }, 200, contentType));
}

/** `{RequestId, HostId, Code, Message}`; @param status overrides the documented one */
export function gatewayFailure(frame: AnswerFrame, code: string, message: string, status?: number): Answer {
  const body = { RequestId: frame.requestId, HostId: frame.hostId, Code: code, Message: message };
  return dated(frame, jsonAnswer(body, status ?? gatewayStatus(code), contentType));
}

const contentType = 'application/json;charset=utf-8';

function dated(frame: AnswerFrame, answer: Answer): Answer {
  const headers = {
    ...answer.headers,
    Date: new Date(frame.nowMs).toUTCString(),
    'x-acs-request-id': frame.requestId,
  };
  return { ...answer, headers };
}
