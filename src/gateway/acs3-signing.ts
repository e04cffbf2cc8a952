// Signs a call to the gateway: ACS3-HMAC-SHA256 for an RPC-style POST without a body, as the vendor's library does it. By
// hand, since the library's own way makes many more objects a call; request.test.ts holds the two side by side. Sends nothing.
import { createHmac, hash, randomUUID } from 'node:crypto';
import type { Credential } from './credentials.ts';

const algorithm = 'ACS3-HMAC-SHA256';
const emptyBodyHash = hash('sha256', '', 'hex');

export interface CallToSign {
  /** `host[:port]`. */
  readonly host: string;
  readonly action: string;
  readonly version: string;
  /** From {@link canonicalQuery}, and sent as it is. */
  readonly query: string;
  /** `User-Agent`. */
  readonly agent: string;
}

/**
 * The headers of the library's own request, signature and all.
 * @param secrets filled with what no message may hold
 */
export function signedHeaders(
  { host, action, version, query, agent }: CallToSign,
  { accessKeyId, accessKeySecret, securityToken, providerName }: Credential,
  secrets: string[],
): Record<string, string> {
  // In alphabetical order, which is that of the signature.
  const headers: Record<string, string> = { host };
  if (securityToken) headers['x-acs-accesskey-id'] = accessKeyId;
  headers['x-acs-action'] = action;
  headers['x-acs-content-sha256'] = emptyBodyHash;
  if (providerName !== '') headers['x-acs-credentials-provider'] = providerName;
  headers['x-acs-date'] = `${new Date().toISOString().slice(0, 19)}Z`;
  if (securityToken) headers['x-acs-security-token'] = securityToken;
  // In the library's form: 32 hex digits.
  headers['x-acs-signature-nonce'] = randomUUID().replaceAll('-', '');
  headers['x-acs-version'] = version;

  const names = Object.keys(headers).join(';');
  let lines = '';
  for (const [name, value] of Object.entries(headers)) lines += `${name}:${value.trim()}\n`;
  const canonical = `POST\n/\n${query}\n${lines}\n${names}\n${emptyBodyHash}`;
  const signature = createHmac('sha256', accessKeySecret)
    .update(`${algorithm}\n${hash('sha256', canonical, 'hex')}`)
    .digest('hex');
  secrets.push(accessKeySecret, signature);
  if (securityToken) secrets.push(securityToken);

  headers['user-agent'] = agent;
  headers['accept'] = 'application/json';
  // POST without a length is refused by some servers; the length is not signed.
  headers['content-length'] = '0';
  headers['Authorization'] =
    `${algorithm} Credential=${accessKeyId},SignedHeaders=${names},Signature=${signature}`;
  return headers;
}

/** Names in order, and percent-encoded as the signature wants it: what is sent is then what is signed. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${name}=${encoded(query[name] ?? '')}`)
    .join('&');
}

const leftByEncoding = /[!'()*]/g;

/** RFC 3986: of what `encodeURIComponent` leaves, only the unreserved stay. */
function encoded(value: string): string {
  return encodeURIComponent(value).replace(
    leftByEncoding,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
