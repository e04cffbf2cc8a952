// Recomputes an ACS3-HMAC-SHA256 signature from the request as it stands on the wire, without the vendor's code.
import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  /** Path with query string. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** RFC 3986: everything but the unreserved characters as upper-case escapes of its UTF-8 bytes. */
function escape(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** Name and value pairs of a query string, decoded, in code unit order of the names. */
export function queryPairs(url: string): [string, string][] {
  const query = url.split('?')[1] ?? '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @returns whether the `Authorization` header signs exactly this request with this secret */
export function signatureVerifies(request: SignedRequest, secret: string): boolean {
  const authorization = String(request.headers['authorization']);
  const parts = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
    authorization,
  );
  const [, , names = '', signature = ''] = parts ?? [];
  const signed = names.split(';');
  const mustBeSigned = Object.keys(request.headers).filter(
    (name) => name === 'host' || name === 'content-type' || name.startsWith('x-acs-'),
  );
  if (signed.toString() !== mustBeSigned.sort().toString()) return false;
  if (request.headers['x-acs-content-sha256'] !== sha256(request.body)) return false;
  const canonical = [
    request.method,
    request.url.split('?')[0],
    queryPairs(request.url)
      .map(([name, value]) => `${name}=${escape(value)}`)
      .join('&'),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const expected = createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  return expected === signature;
}
