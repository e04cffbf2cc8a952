// Signs calls to the gateway: ACS3-HMAC-SHA256 for an RPC-style POST without a body, as the vendor's library does it. By
// hand, since the library's own way makes many more objects a call; request.test.ts holds the two side by side. Sends nothing.
import { hash } from 'node:crypto';
import type { Credential } from './credentials.ts';
import { HmacKey } from '../hmac/hmac-key.ts';
import { nonce } from './nonces.ts';

const algorithm = 'ACS3-HMAC-SHA256';
const emptyBodyHash = hash('sha256', '', 'hex');

export interface SignerOptions {
  /** `host[:port]`. */
  readonly host: string;
  readonly version: string;
  /** `User-Agent`. */
  readonly agent: string;
}

export interface SignedHeaders {
  /** Those of the library's own request, as lines. */
  readonly head: string;
  /** Shown to nobody. */
  readonly signature: string;
}

/** What stays the same from call to call while the credentials do. */
interface Prepared {
  readonly credential: Credential;
  readonly key: HmacKey;
  /** Lines of the canonical headers that stand before those of action, date and nonce. */
  readonly beforeAction: string;
  readonly beforeDate: string;
  readonly beforeNonce: string;
  readonly signedNames: string;
  /** Lines of the head. */
  readonly head: string;
}

/** Signs the calls of one client. */
export class Acs3Signer {
  readonly #options: SignerOptions;
  #prepared: Prepared | undefined;

  constructor(options: SignerOptions) {
    this.#options = options;
  }

  /** @param query from {@link queryOf}, and sent as it is */
  sign(action: string, query: string, credential: Credential): SignedHeaders {
    if (this.#prepared?.credential !== credential) this.#prepared = prepare(credential, this.#options);
    const { key, beforeAction, beforeDate, beforeNonce, signedNames, head } = this.#prepared;
    const date = currentDate();
    const once = nonce();
    const lines = `${beforeAction}x-acs-action:${action}\n${beforeDate}x-acs-date:${date}\n${beforeNonce}x-acs-signature-nonce:${once}\nx-acs-version:${this.#options.version}\n`;
    const canonical = `POST\n/\n${query}\n${lines}\n${signedNames}\n${emptyBodyHash}`;
    const signature = key.sign(`${algorithm}\n${hash('sha256', canonical, 'hex')}`, 'hex');
    const authorization = `${algorithm} Credential=${credential.accessKeyId},SignedHeaders=${signedNames},Signature=${signature}`;
    const own = `x-acs-action: ${action}\r\nx-acs-date: ${date}\r\nx-acs-signature-nonce: ${once}\r\nAuthorization: ${authorization}\r\n`;
    return { head: head + own, signature };
  }
}

/** The order of what is signed is alphabetical. */
function prepare(credential: Credential, { host, version, agent }: SignerOptions): Prepared {
  const { accessKeyId, accessKeySecret, securityToken = '', providerName } = credential;
  const keyId = securityToken === '' ? [] : ['x-acs-accesskey-id', accessKeyId];
  const provider = providerName === '' ? [] : ['x-acs-credentials-provider', providerName];
  const token = securityToken === '' ? [] : ['x-acs-security-token', securityToken];
  const body = ['x-acs-content-sha256', emptyBodyHash];
  const signedNames = [
    'host',
    ...keyId.slice(0, 1),
    'x-acs-action',
    'x-acs-content-sha256',
    ...provider.slice(0, 1),
    'x-acs-date',
    ...token.slice(0, 1),
    'x-acs-signature-nonce',
    'x-acs-version',
  ].join(';');
  const unsigned = ['user-agent', agent, 'accept', 'application/json'];
  return {
    credential,
    key: new HmacKey('sha256', accessKeySecret),
    beforeAction: linesOf(['host', host, ...keyId]),
    beforeDate: linesOf([...body, ...provider]),
    beforeNonce: linesOf(token),
    signedNames,
    // POST without a length is refused by some servers; the length is not signed.
    head: linesOf(
      [
        ...['host', host, ...keyId, ...body, ...provider, ...token],
        ...['x-acs-version', version, ...unsigned, 'content-length', '0'],
      ],
      ': ',
      '\r\n',
    ),
  };
}

/** @param headers `[name, value …]` */
function linesOf(headers: readonly string[], colon = ':', end = '\n'): string {
  let lines = '';
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines += `${headers[at] ?? ''}${colon}${headers[at + 1] ?? ''}${end}`;
  return lines;
}

let currentSecond = NaN;
let dateOfSecond = '';

/** UTC, whole seconds; written out once a second. */
function currentDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== currentSecond) {
    currentSecond = second;
    dateOfSecond = `${new Date(second * 1_000).toISOString().slice(0, 19)}Z`;
  }
  return dateOfSecond;
}
