// The head of an old service's answer, as strictly as Node's own parser reads it, and what frames the body behind it.
// Pure. What may be sent on of it is said in headers.ts.

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

export interface AnswerHead {
  readonly status: number;
  readonly statusMessage: string;
  /** `[name, value, name, value …]`, spelling and order as received. */
  readonly rawHeaders: string[];
  readonly framing: Framing;
  /** Whether the server will take another request over the connection. */
  readonly keepsConnection: boolean;
  /** For how long, ms, where it says so. */
  readonly keepsForMs: number | undefined;
}

/** What is wrong, in the style of a system code. */
export type HeadFault = 'INVALID_STATUS_LINE' | 'INVALID_HEADER' | 'INVALID_LENGTH';

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const fieldName = /^[\w!#$%&'*+.^`|~-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const length = /^\d{1,15}$/;
const keepAliveTimeout = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i;

/**
 * @param text without the empty line at its end, as latin1
 * @param method of the request
 */
export function readHead(text: string, method: string): AnswerHead | HeadFault {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, digits, statusMessage = ''] = statusLine.exec(first) ?? [];
  const status = Number(digits);
  if (digits === undefined || status < 100) return 'INVALID_STATUS_LINE';

  const rawHeaders: string[] = [];
  const codings: string[] = [];
  const lengths: string[] = [];
  let connection = '';
  let keepAlive = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = withoutSpace(line, colon + 1);
    if (!fieldName.test(name) || !fieldValue.test(value)) return 'INVALID_HEADER';
    rawHeaders.push(name, value);
    switch (name.toLowerCase()) {
      case 'content-length':
        lengths.push(value);
        break;
      case 'transfer-encoding':
        codings.push(value);
        break;
      case 'connection':
        connection += `,${value.toLowerCase()}`;
        break;
      case 'keep-alive':
        keepAlive = value;
    }
  }
  // Two fields that frame a body may frame it in two ways.
  if (lengths.length + Math.min(codings.length, 1) > 1) return 'INVALID_LENGTH';
  const [bytes] = lengths;
  if (bytes !== undefined && !length.test(bytes)) return 'INVALID_LENGTH';
  const framing = framingOf(method, status, codings, bytes);
  const options = connection.split(',').map((option) => option.trim());
  const wants = minor === '1' ? !options.includes('close') : options.includes('keep-alive');
  const seconds = keepAlive === '' ? undefined : keepAliveTimeout.exec(keepAlive)?.[1];
  return {
    status,
    statusMessage,
    rawHeaders,
    framing,
    keepsConnection: wants && framing.kind !== 'until-close',
    keepsForMs: seconds === undefined ? undefined : Number(seconds) * 1_000,
  };
}

function framingOf(
  method: string,
  status: number,
  codings: readonly string[],
  bytes: string | undefined,
): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return noBody;
  if (codings.length > 0) {
    const last = codings.join(',').split(',').at(-1) ?? '';
    return { kind: last.trim().toLowerCase() === 'chunked' ? 'chunked' : 'until-close' };
  }
  return bytes === undefined ? { kind: 'until-close' } : { kind: 'length', bytes: Number(bytes) };
}

const noBody: Framing = { kind: 'length', bytes: 0 };

/** A loop, as a regular expression would take quadratic time over a line of spaces. */
function withoutSpace(line: string, from: number): string {
  let [start, end] = [from, line.length];
  while (start < end && isSpace(line, start)) start += 1;
  while (end > start && isSpace(line, end - 1)) end -= 1;
  return line.slice(start, end);
}

function isSpace(line: string, at: number): boolean {
  const code = line.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
