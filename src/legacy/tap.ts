// Reads what an answer of the old service means, beside the bytes that are passed on: its code, its class, its token.
// Pure; never throws, whatever the answer holds. The class comes from the body's code, never from the status alone.
import { decodedBody } from './content-encoding.ts';
import { fieldValue } from '../wire/headers.ts';
import type { LegacyAnswer } from './old-service.ts';
import type { Operation } from './operations.ts';

/** Outcome classes, the same words as the gateway's: only `fault` counts against a backend. */
export type LegacyOutcomeClass = 'ok' | 'rejected' | 'denied' | 'throttled' | 'fault';

export interface Tapped {
  /** The body's `code`; undefined where none can be read. It need not be a documented one. */
  readonly code: number | undefined;
  readonly outcome: LegacyOutcomeClass;
  /** Of a successful apply. */
  readonly token?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The meaning of an answer (PROTOCOL section 1, answer). One without a readable code is a fault. */
export function readLegacyAnswer(operation: Operation, answer: LegacyAnswer): Tapped {
  const fields = fieldsOf(answer);
  const code = codeOf(fields);
  if (fields === undefined || code === undefined) return { code: undefined, outcome: 'fault' };
  if (operation === 'apply' && code === 200) {
    const token = fields['tokenData'];
    // A success without what was asked for helps no client.
    return typeof token === 'string' && token !== ''
      ? { code, outcome: 'ok', token }
      : { code, outcome: 'fault' };
  }
  return { code, outcome: classOf(operation, code, fields, answer) };
}

/** Codes 1, 2 and 3 answer a query; to a revoke they blame the caller's token; to an apply they make no sense. */
const classOfBadToken = { apply: 'fault', revoke: 'rejected', query: 'ok' } as const satisfies Record<
  Operation,
  LegacyOutcomeClass
>;

function classOf(
  operation: Operation,
  code: number,
  fields: Fields,
  answer: LegacyAnswer,
): LegacyOutcomeClass {
  switch (code) {
    case 200:
      return 'ok';
    case 1:
    case 2:
    case 3:
      return classOfBadToken[operation];
    case 400:
    case 407:
      return 'rejected';
    case 409:
    case 410:
      return classOfFailure(fields, answer);
    case 429:
      return 'throttled';
    default:
      return code > 400 && code < 500 ? 'denied' : 'fault';
  }
}

/** The gateway's codes for an exceeded rate (PROTOCOL section 2), and this proxy's for a quota of its own. */
const throttlingCode = /^(?:(?:Apply|Query|Revoke)TokenOverFlow|Throttling.*|\w*Quota\w*)$/;
/** The gateway's codes for a breakdown, and this proxy's for a call that failed on the wire. */
const faultCode =
  /^(?:InternalError|SystemOverFlow|ServiceUnavailable|Request\w+|Connect\w+|HostNotFound|TlsFailure|TooManyCalls|UnreadableAnswer)$/;
/** This proxy writes `Code: message`. */
const leadingCode = /^[\w.]{1,100}(?=:|$)/;

/**
 * Codes 409 and 410 say that a call failed, and the old service's reasons are not documented: a permission, the limit
 * of one revoke a minute, or a breakdown. They count as `denied`: a service that answers in the protocol's own words
 * is alive, and one account without permission must not trip the breaker for all the others. Only what stands beside
 * the code says more: an HTTP status of 500 and above; and, from another instance of this proxy, the gateway's code
 * (`x-gateway-code`, or the beginning of the message) and `Retry-After`, which it sends only where waiting helps.
 */
function classOfFailure({ message }: Fields, { status, rawHeaders }: LegacyAnswer): LegacyOutcomeClass {
  if (status >= 500) return 'fault';
  const code =
    fieldValue(rawHeaders, 'x-gateway-code') ??
    (typeof message === 'string' ? leadingCode.exec(message)?.[0] : undefined) ??
    '';
  if (throttlingCode.test(code)) return 'throttled';
  if (faultCode.test(code)) return 'fault';
  const waitingHelps = fieldValue(rawHeaders, 'retry-after') !== undefined;
  if (!waitingHelps) return 'denied';
  return fieldValue(rawHeaders, 'x-gateway-code') === undefined ? 'throttled' : 'fault';
}

/** Bytes of a decoded body that are read; a token answer has some hundreds. */
const longestRead = 64 * 1024;

/** As text, a byte order mark. */
const byteOrderMark = '\ufeff';

function fieldsOf(answer: LegacyAnswer): Fields | undefined {
  const body = decodedBody(answer);
  // What is so long is no answer of the old protocol, and reading it would hold up everybody else.
  if (body === undefined || body.length > longestRead) return undefined;
  try {
    const text = body.toString('utf8');
    const value: unknown = JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const writtenCode = /^\d{1,3}$/;

/** Clients' JSON libraries take `"200"` for 200, so the class must not call it unreadable. */
function codeOf(fields: Fields | undefined): number | undefined {
  const code = fields?.['code'];
  if (typeof code === 'string' && writtenCode.test(code)) return Number(code);
  return typeof code === 'number' && Number.isInteger(code) && code >= 0 && code < 1000 ? code : undefined;
}
