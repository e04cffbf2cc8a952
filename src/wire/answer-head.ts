// The head of a backend's answer, as strictly as Node's own parser reads it, and what frames the body behind it.
// Pure. What may be sent on of it is said in headers.ts.
import { endToEnd, isHopByHop, keyOf } from './headers.ts';

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

export interface AnswerHead {
  readonly status: number;
  readonly statusMessage: string;
  /** End-to-end headers as `[name, value, name, value …]`, spelling and order as received. */
  readonly rawHeaders: readonly string[];
  readonly framing: Framing;
  /** Whether the server will take another request over the connection. */
  readonly keepsConnection: boolean;
  /** For how long, ms, where it says so. */
  readonly keepsForMs: number | undefined;
}

/** What is wrong, in the style of a system code. */
export type HeadFault = 'INVALID_STATUS_LINE' | 'INVALID_HEADER' | 'INVALID_LENGTH';

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
/** All lines behind the first at once: one by one, name and value apart, they cost twice as much. */
const fieldLines = /(?:\r\n[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*)*$/y;
const length = /^\d{1,15}$/;
const keepAliveTimeout = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i;

/**
 * @param text without the empty line at its end, as latin1
 * @param method of the request
 */
export function readHead(text: string, method: string): AnswerHead | HeadFault {
  const firstEnd = endOfLine(text, 0);
  const first = statusLine.exec(text.slice(0, firstEnd));
  if (first === null) return 'INVALID_STATUS_LINE';
  const status = Number(first[2]);
  if (status < 100) return 'INVALID_STATUS_LINE';
  fieldLines.lastIndex = firstEnd;
  if (!fieldLines.test(text)) return 'INVALID_HEADER';

  const rawHeaders: string[] = [];
  let codings = '';
  let lengths = 0;
  let bytes: string | undefined;
  let connection = '';
  let keepAlive = '';
  for (let from = firstEnd + 2; from < text.length;) {
    const colon = text.indexOf(':', from);
    const end = endOfLine(text, colon);
    const name = text.slice(from, colon);
    const value = withoutSpace(text, colon + 1, end);
    from = end + 2;
    const key = keyOf(name);
    if (!isHopByHop(key)) rawHeaders.push(name, value);
    if (key === undefined) continue;
    switch (key) {
      case 'content-length':
        lengths += 1;
        bytes = value;
        break;
      case 'transfer-encoding':
        codings += `,${value}`;
        break;
      case 'connection':
        connection += `,${value}`;
        break;
      case 'keep-alive':
        keepAlive = value;
    }
  }
  // Two fields that frame a body may frame it in two ways.
  if (lengths + (codings === '' ? 0 : 1) > 1) return 'INVALID_LENGTH';
  if (bytes !== undefined && !length.test(bytes)) return 'INVALID_LENGTH';
  const framing = framingOf(method, status, codings, bytes);
  const seconds = keepAlive === '' ? undefined : keepAliveTimeout.exec(keepAlive)?.[1];
  return {
    status,
    statusMessage: first[3] ?? '',
    rawHeaders: endToEnd(rawHeaders, connection),
    framing,
    keepsConnection: wantsToKeep(connection, first[1]) && framing.kind !== 'until-close',
    keepsForMs: seconds === undefined ? undefined : Number(seconds) * 1_000,
  };
}

function framingOf(method: string, status: number, codings: string, bytes: string | undefined): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return noBody;
  if (codings !== '') {
    const last = codings.slice(codings.lastIndexOf(',') + 1);
    return { kind: last.trim().toLowerCase() === 'chunked' ? 'chunked' : 'until-close' };
  }
  return bytes === undefined ? { kind: 'until-close' } : { kind: 'length', bytes: Number(bytes) };
}

const noBody: Framing = { kind: 'length', bytes: 0 };

/** @param connection what all `Connection` fields hold, a comma before each @param minor of the version */
function wantsToKeep(connection: string, minor: string | undefined): boolean {
  if (connection === '') return minor === '1';
  if (connection === ',keep-alive') return true;
  const options = connection.split(',').map((option) => option.trim().toLowerCase());
  return minor === '1' ? !options.includes('close') : options.includes('keep-alive');
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end < 0 ? text.length : end;
}

/** A loop, as a regular expression would take quadratic time over a line of spaces. */
function withoutSpace(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(text, start)) start += 1;
  while (end > start && isSpace(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
