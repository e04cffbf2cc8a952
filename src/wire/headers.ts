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

/** Lengths of the names that mean something here: of any other, the case need not be looked through. */
const tellingLengths: ReadonlySet<number> = new Set(
  [...hopByHop, 'host', 'content-length', 'expect'].map(({ length }) => length),
);

/** A name in lower case if it may be one that means something here; undefined: it travels on, unless it is named. */
export function keyOf(name: string): string | undefined {
  return tellingLengths.has(name.length) ? name.toLowerCase() : undefined;
}

/** @param key of {@link keyOf} */
export function isHopByHop(key: string | undefined): boolean {
  return key !== undefined && hopByHop.has(key);
}

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
  const kept: string[] = [];
  let connection = '';
  let hostGiven = false;
  let framed = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const key = keyOf(name);
    if (key === 'host') {
      if (!hostGiven) kept.push(name, host);
      hostGiven = true;
    } else if (key === 'content-length' || key === 'transfer-encoding') {
      // Once, whatever came: two servers that frame a body by two fields may frame it in two ways.
      if (framed) continue;
      framed = true;
      if (contentLength === undefined) kept.push(name, value);
      else kept.push(key === 'content-length' ? name : 'Content-Length', String(contentLength));
    } else if (key === 'connection') connection += `,${value}`;
    // Expect has been answered by our own server.
    else if (!isHopByHop(key) && key !== 'expect') kept.push(name, value);
  }
  if (!hostGiven) kept.unshift('Host', host);
  // Node would call such a request chunked; some servers answer 411 to one without a length.
  if (!framed && !bodiless.has(method)) kept.push('Content-Length', '0');
  return withoutNamed(kept, connection, neverNamed);
}

/**
 * The fields of an answer for the client.
 * @param own ours, added at the end; they take the place of fields of the same name
 */
export function answerHeaders(
  rawHeaders: readonly string[],
  own: Readonly<Record<string, string>>,
): string[] {
  const kept: string[] = [];
  let connection = '';
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const key = keyOf(name);
    if (key === 'connection') connection += `,${value}`;
    else if (!isHopByHop(key)) kept.push(name, value);
  }
  return withOwn(endToEnd(kept, connection), own);
}

/**
 * Fields of an answer without those that `Connection` names.
 * @param fields without the others that end here
 * @param connection what all `Connection` fields hold, a comma before each
 */
export function endToEnd(fields: string[], connection: string): string[] {
  return withoutNamed(fields, connection, neverNamedInAnswers);
}

/** Fields that travel on, with ours at the end; they take the place of fields of the same name. */
export function withOwn(fields: readonly string[], own: Readonly<Record<string, string>>): string[] {
  const ours = Object.keys(own);
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (!isAmong(ours, name)) kept.push(name, fields[index + 1] ?? '');
  }
  for (const name of ours) kept.push(name, own[name] ?? '');
  return kept;
}

function isAmong(names: readonly string[], wanted: string): boolean {
  for (const name of names) if (isSameName(name, wanted)) return true;
  return false;
}

/** The lengths first: most names differ in them, and writing two names in lower case costs five times as much. */
function isSameName(one: string, other: string): boolean {
  return one.length === other.length && one.toLowerCase() === other.toLowerCase();
}

/** The first value of a field. */
export function fieldValue(rawHeaders: readonly string[], name: string): string | undefined {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (isSameName(rawHeaders[index] ?? '', name)) return rawHeaders[index + 1];
  }
  return undefined;
}

/** What frames a body is no option of a connection, whatever the peer says; in a request, neither is its host. */
const neverNamedInAnswers = ['content-length'] as const;
const neverNamed = ['content-length', 'transfer-encoding', 'host'] as const;

function withoutNamed(fields: string[], connection: string, exempt: readonly string[]): string[] {
  // Nearly always: it names nothing that has not ended here already.
  if (connection === '' || connection === ',keep-alive' || connection === ',Keep-Alive') return fields;
  const named = new Set(
    connection
      .slice(1)
      .split(',')
      .map((option) => option.trim().toLowerCase()),
  );
  for (const name of exempt) named.delete(name);
  const isNamed = (at: number): boolean => named.has((fields[at - (at % 2)] ?? '').toLowerCase());
  return fields.filter((_, at) => !isNamed(at));
}
