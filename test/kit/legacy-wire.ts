// How old clients write parameters on the wire: query strings, forms and multipart bodies, as real stacks emit them.
// Builds requests only; it shares no code with the reader under test.
import type { RawRequest } from '../../src/legacy/read.ts';
import type { Parameters } from '../../src/legacy/parameters.ts';

/** Names and values in the order of the wire; a name may come back. */
export type Pairs = readonly (readonly [name: string, value: string])[];

const boundary = '--------------------------735323031399963166993862';

/** The parameters that a request with these pairs consists of. */
export function parametersOf(pairs: Pairs): Parameters {
  const parameters = new Map<string, string[]>();
  for (const [name, value] of pairs) parameters.set(name, [...(parameters.get(name) ?? []), value]);
  return parameters;
}

/** `application/x-www-form-urlencoded` over UTF-8, as `java.net.URLEncoder` writes it. */
export function urlencoded(pairs: Pairs): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** The same over bytes of another charset: every byte escaped. */
export function escapeEvery(bytes: Buffer): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
}

export function get(queryString: string): RawRequest {
  return {
    method: 'GET',
    queryString,
    contentType: undefined,
    contentEncoding: undefined,
    body: Buffer.of(),
  };
}

export function post(body: string | Buffer, contentType?: string, queryString = ''): RawRequest {
  return { method: 'POST', queryString, contentType, contentEncoding: undefined, body: bytes(body) };
}

/** A form with the usual type. */
export function form(body: string | Buffer, queryString = ''): RawRequest {
  return post(body, 'application/x-www-form-urlencoded', queryString);
}

/** A multipart body out of parts that are already written. */
export function multipart(parts: readonly (string | Buffer)[]): RawRequest {
  const chunks = parts.flatMap((part) => [`--${boundary}\r\n`, part, '\r\n']);
  const body = Buffer.concat([...chunks, `--${boundary}--\r\n`].map(bytes));
  return post(body, `multipart/form-data; boundary=${boundary}`);
}

/** What npm's `form-data` writes: the vendor's Node demo. */
export function formData(pairs: Pairs): RawRequest {
  return multipart(
    pairs.map(([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`),
  );
}

/** What Apache HttpClient's `MultipartEntityBuilder` writes: each part has a type with a charset and an encoding. */
export function apacheMultipart(pairs: Pairs, charset: 'UTF-8' | 'ISO-8859-1'): RawRequest {
  return multipart(
    pairs.map(([name, value]) => {
      const head =
        `Content-Disposition: form-data; name="${name}"\r\n` +
        `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`;
      return Buffer.concat([Buffer.from(head), Buffer.from(value, charset === 'UTF-8' ? 'utf8' : 'latin1')]);
    }),
  );
}

function bytes(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
}
