// Which header fields travel on and which end here (RFC 9110 section 7.6.1), on raw lists: `[name, value, name …]`.
// Spelling, order and repetitions of what travels on are kept. Pure.

/** Fields between two neighbours only, besides those that `Connection` names. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  // Trailer fields are not passed on: announced ones would be missing, and Node refuses them beside a Content-Length.
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Methods of requests to which Node adds nothing when they have neither length nor chunks. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

export interface Addressing {
  /** Goes in the place of the given `Host`, or in front where there is none. */
  readonly host: string;
  readonly method: string;
  /** Length of a body that was collected, which is then no longer chunked; undefined: framed as received. */
  readonly contentLength: number | undefined;
}

/** The fields of a request for the next server. */
export function requestHeaders(
  rawHeaders: readonly string[],
  { host, method, contentLength }: Addressing,
): string[] {
  const named = namedByConnection(rawHeaders);
  const kept: string[] = [];
  let hostGiven = false;
  let framed = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'host') {
      if (!hostGiven) kept.push(name, host);
      hostGiven = true;
    } else if (key === 'content-length' || key === 'transfer-encoding') {
      // Once, whatever came: two servers that frame a body by two fields may frame it in two ways.
      if (framed) continue;
      framed = true;
      if (contentLength === undefined) kept.push(name, value);
      else kept.push(key === 'content-length' ? name : 'Content-Length', String(contentLength));
      // Expect has been answered by our own server.
    } else if (!hopByHop.has(key) && !named.has(key) && key !== 'expect') kept.push(name, value);
  }
  if (!hostGiven) kept.unshift('Host', host);
  // Node would call such a request chunked; some servers answer 411 to one without a length.
  if (!framed && !bodiless.has(method)) kept.push('Content-Length', '0');
  return kept;
}

/**
 * The fields of an answer for the client.
 * @param own ours, added at the end; they take the place of fields of the same name
 */
export function answerHeaders(
  rawHeaders: readonly string[],
  own: Readonly<Record<string, string>> = {},
): string[] {
  const named = namedByConnection(rawHeaders);
  const replaced = Object.keys(own).map((name) => name.toLowerCase());
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const key = name.toLowerCase();
    if (!hopByHop.has(key) && !named.has(key) && !replaced.includes(key)) {
      kept.push(name, rawHeaders[index + 1] ?? '');
    }
  }
  for (const [name, value] of Object.entries(own)) kept.push(name, value);
  return kept;
}

/** The first value of a field, by its name in lower case. */
export function fieldValue(rawHeaders: readonly string[], key: string): string | undefined {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === key) return rawHeaders[index + 1];
  }
  return undefined;
}

const connectionField = /^connection$/i;
const none: ReadonlySet<string> = new Set();

/** Without Content-Length: what frames a body is no option of a connection, whatever the peer says. */
function namedByConnection(rawHeaders: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (!connectionField.test(rawHeaders[index] ?? '')) continue;
    names ??= new Set();
    for (const option of (rawHeaders[index + 1] ?? '').split(',')) names.add(option.trim().toLowerCase());
  }
  names?.delete('content-length');
  return names ?? none;
}
