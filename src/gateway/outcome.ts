// Turns what the gateway answered, or how a call failed on the wire, into an outcome. Pure: no clock, no network.
// What an outcome means for an old client, a breaker or a retry is decided elsewhere.
import { classOfCode } from './codes.ts';
import type { GatewayFailure } from './gateway.ts';
import type { WireFailure } from './round-trip.ts';
import { safeText } from './safe-text.ts';

/** An answer as the API's terms see it. */
export interface ApiAnswer {
  readonly status: number;
  /** The JSON object of the body; undefined where there is none. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  /** The answer's `Date` header, ms since epoch. */
  readonly serverDateMs?: number | undefined;
}

/** What judging an answer needs besides the answer. */
export interface CallFacts {
  /** Values of this call that no message may hold: token, access key secret, signature … */
  readonly secrets: readonly string[];
  /** This machine's clock when the answer arrived, ms since epoch. */
  readonly nowMs: number;
}

const tokenLikeCode = /[^\w.-]+/g;

/** The string under a key, cleaned, when there is one of which something is left then. */
function textAt(answer: ApiAnswer, key: string, facts: CallFacts): string | undefined {
  const value = answer.fields?.[key];
  const clean = typeof value === 'string' ? safeText(value, facts.secrets) : '';
  return clean === '' ? undefined : clean;
}

function identifierAt(answer: ApiAnswer, key: string, facts: CallFacts): string | undefined {
  return textAt(answer, key, facts)?.replace(tokenLikeCode, '_').slice(0, 100);
}

const usualRequestId = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/i;

/** The answer's `RequestId`, fit for a header and a log. */
export function requestIdOf(answer: ApiAnswer, facts: CallFacts): string | undefined {
  const value = answer.fields?.['RequestId'];
  if (typeof value === 'string' && usualRequestId.test(value)) return value;
  return identifierAt(answer, 'RequestId', facts);
}

/** Whether an answer is a failure by its own words: a 200 that carries a `Code` is one too. */
export function isRefusal(answer: ApiAnswer): boolean {
  return answer.status !== 200 || answer.fields?.['Code'] !== undefined;
}

/** The outcome of an answer that refuses, by its code (PROTOCOL section 2). */
export function refusalOf(answer: ApiAnswer, facts: CallFacts): GatewayFailure {
  const code = identifierAt(answer, 'Code', facts);
  if (code === undefined) return unreadable(answer, facts);
  return {
    class: classOfCode(code, answer.status),
    cause: 'answered',
    code,
    message: explanations.get(code)?.(answer, facts) ?? textAt(answer, 'Message', facts) ?? 'No message.',
    requestId: requestIdOf(answer, facts),
    httpStatus: answer.status,
  };
}

/** The outcome of an answer without the fields that the documentation promises. */
export function unreadable(answer: ApiAnswer, facts: CallFacts): GatewayFailure {
  const what = answer.fields === undefined ? 'is no JSON object' : 'lacks the expected field';
  return {
    class: classOfCode(undefined, answer.status),
    cause: 'unreadable',
    code: 'UnreadableAnswer',
    message: `The gateway's answer (HTTP ${answer.status}) ${what}.`,
    requestId: requestIdOf(answer, facts),
    httpStatus: answer.status,
  };
}

type Explanation = (answer: ApiAnswer, facts: CallFacts) => string;

/** Codes whose own message does not help, or holds what must not be shown. */
const explanations = new Map<string, Explanation>([
  ['InvalidTimeStamp.Expired', clockMessage],
  [
    'SignatureDoesNotMatch',
    () =>
      'The gateway finds the signature wrong: the secret is probably not the one that belongs to the access key.',
  ],
]);

function clockMessage({ serverDateMs }: ApiAnswer, { nowMs }: CallFacts): string {
  const advice = 'The gateway accepts 15 minutes at most; set the clock of this machine.';
  if (serverDateMs === undefined) return `This machine's clock differs from the gateway's. ${advice}`;
  const seconds = Math.round((nowMs - serverDateMs) / 1_000);
  const side = seconds < 0 ? 'behind' : 'ahead of';
  return `This machine's clock is ${Math.abs(seconds)} s ${side} the gateway's. ${advice}`;
}

const wireCodes = {
  unconnected: ['ConnectionFailed', 'No connection to the gateway could be established'],
  broken: ['ConnectionBroken', 'The connection to the gateway broke before the answer was complete'],
  timeout: ['RequestTimeout', 'The gateway did not answer in time'],
  aborted: ['RequestAborted', 'The call was given up, as nobody waits for its answer'],
  unreadable: ['UnreadableAnswer', "The gateway's answer is too long or no HTTP"],
} as const satisfies Record<WireFailure['cause'], readonly [code: string, text: string]>;

/** Details of the system that deserve a code of their own. */
const unconnectedCodes = new Map([
  ['ECONNREFUSED', 'ConnectionRefused'],
  ['ENOTFOUND', 'HostNotFound'],
  ['EAI_AGAIN', 'HostNotFound'],
  ['ETIMEDOUT', 'ConnectTimeout'],
  ['TOO_MANY_CALLS', 'TooManyCalls'],
  ['CLOSED', 'ConnectionClosed'],
]);
const tlsDetail = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** The outcome of a call that ended on the wire, without an answer to judge. */
export function wireFailureOf(failure: WireFailure): GatewayFailure {
  const { cause, detail, reusedConnection } = failure;
  const [code, text] = wireCodes[cause];
  const special = tlsDetail.test(detail) ? 'TlsFailure' : unconnectedCodes.get(detail);
  return {
    // Who hung up before anything was sent says nothing about the gateway.
    class: cause === 'aborted' ? 'rejected' : 'fault',
    cause,
    code: cause === 'unconnected' ? (special ?? code) : code,
    message: `${text} (${detail}).`,
    ...(reusedConnection === undefined ? {} : { reusedConnection }),
  };
}
