// Strict verification of ACS3-HMAC-SHA256, the signature of the new gateway, recomputed from the raw request.
// Pure: clock and nonce memory are passed in. It shares no code with the client library that signs.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { OwnedKey } from './accounts.ts';
import { canonicalQuery, readQuery, type QueryPair } from './acs3-query.ts';
import type { NonceMemory } from './nonce-memory.ts';

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as Node gives them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Acs3Context {
  find(accessKey: string): OwnedKey | undefined;
  readonly nowMs: number;
  readonly nonces: NonceMemory;
  readonly version: string;
  readonly actions: readonly string[];
}

export type Acs3Verdict =
  | {
      readonly genuine: true;
      readonly owner: OwnedKey;
      readonly action: string;
      readonly parameters: readonly QueryPair[];
    }
  /** `code` as PROTOCOL section 2 documents it. */
  | { readonly genuine: false; readonly code: string; readonly message: string };

const algorithm = 'ACS3-HMAC-SHA256';
const authorizationForm =
  /^ACS3-HMAC-SHA256 Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;
const dateForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const skewMs = 15 * 60_000;

/** What is missing when a header is, in the gateway's `Missing<name>` style. */
const requiredHeaders = [
  ['authorization', 'Authorization'],
  ['x-acs-action', 'Action'],
  ['x-acs-version', 'Version'],
  ['x-acs-date', 'Timestamp'],
  ['x-acs-signature-nonce', 'SignatureNonce'],
  ['x-acs-content-sha256', 'ContentSha256'],
] as const;

/** Judges one request. A nonce is used up only by a request that is otherwise genuine. */
export function verifyAcs3(request: SignedRequest, context: Acs3Context): Acs3Verdict {
  const headers = collectHeaders(request.rawHeaders);
  for (const [header, name] of requiredHeaders) {
    if (!headers.get(header)?.[0]) return refused(`Missing${name}`, `The header ${header} is mandatory.`);
  }
  const header = (name: string): string => headers.get(name)?.[0] ?? '';
  const parts = authorizationForm.exec(header('authorization'));
  const [, accessKey = '', signedNames = '', signature = ''] = parts ?? [];
  if (parts === null) return mismatch('the Authorization header cannot be read');

  const action = header('x-acs-action');
  if (header('x-acs-version') !== context.version || !context.actions.includes(action)) {
    return refused('ApiNotSupport', 'The specified API is not supported.');
  }
  const staleness = judgeDate(header('x-acs-date'), context.nowMs);
  if (staleness !== undefined) return staleness;
  const owner = context.find(accessKey);
  if (owner === undefined)
    return refused('InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  const sts = judgeSecurityToken(headers, owner, context.nowMs);
  if (sts !== undefined) return sts;

  const duplicated = [...headers].find(([name, values]) => isPublic(name) && values.length > 1);
  if (duplicated !== undefined) return mismatch(`the header ${duplicated[0]} is there twice`);
  const listed = judgeSignedNames(signedNames, headers);
  if (listed !== undefined) return listed;
  const bodyHash = sha256Hex(request.body);
  if (header('x-acs-content-sha256') !== bodyHash)
    return mismatch('x-acs-content-sha256 is not of this body');
  const [path = '', ...queryParts] = request.target.split('?');
  const parameters = readQuery(queryParts.join('?'));
  if (parameters === undefined) return mismatch('the query string cannot be decoded');

  const canonicalHeaders = signedNames.split(';').map((name) => `${name}:${header(name).trim()}\n`);
  const canonical = [
    request.method,
    path,
    canonicalQuery(parameters),
    canonicalHeaders.join(''),
    signedNames,
    bodyHash,
  ].join('\n');
  const expected = createHmac('sha256', owner.key.secret)
    .update(`${algorithm}\n${sha256Hex(canonical)}`)
    .digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    return mismatch('the signature is not that of the request');
  }
  if (!context.nonces.use(`${accessKey} ${header('x-acs-signature-nonce')}`, context.nowMs)) {
    return refused('SignatureNonceUsed', 'Specified signature nonce was used already.');
  }
  return { genuine: true, owner, action, parameters };
}

function judgeDate(date: string, nowMs: number): Acs3Verdict | undefined {
  const at = dateForm.test(date) ? Date.parse(date) : NaN;
  if (Number.isNaN(at))
    return refused('InvalidTimeStamp.Format', 'Specified time stamp is not well formatted.');
  if (Math.abs(at - nowMs) <= skewMs) return undefined;
  return refused('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
}

function judgeSecurityToken(
  headers: ReadonlyMap<string, readonly string[]>,
  { key }: OwnedKey,
  nowMs: number,
): Acs3Verdict | undefined {
  const given = headers.get('x-acs-security-token')?.[0];
  const named = headers.get('x-acs-accesskey-id')?.[0];
  if (named !== undefined && named !== key.accessKey) return mismatch('x-acs-accesskey-id names another key');
  if (key.securityToken === undefined && given === undefined) return undefined;
  if (given === undefined) return refused('MissingSecurityToken', 'SecurityToken is mandatory for this key.');
  if (key.securityToken === undefined || !sameText(given, key.securityToken)) {
    return refused(
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken mismatches the key.',
    );
  }
  if (nowMs < (key.securityTokenExpiresAtMs ?? Infinity)) return undefined;
  return refused('InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');
}

function judgeSignedNames(
  signedNames: string,
  headers: ReadonlyMap<string, readonly string[]>,
): Acs3Verdict | undefined {
  const names = signedNames.split(';');
  if (names.join(';') !== [...new Set(names)].sort().join(';'))
    return mismatch('SignedHeaders is not in order');
  const absent = names.find((name) => !headers.has(name));
  if (absent !== undefined) return mismatch(`${absent} is signed but not there`);
  const unsigned = [...headers.keys()].find((name) => isPublic(name) && !names.includes(name));
  if (unsigned !== undefined) return mismatch(`${unsigned} is there but not signed`);
  return headers.has('host') ? undefined : refused('MissingHost', 'The header host is mandatory.');
}

function isPublic(name: string): boolean {
  return name === 'host' || name === 'content-type' || name.startsWith('x-acs-');
}

function collectHeaders(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return headers;
}

function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function sameText(one: string, other: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(one).digest(),
    createHash('sha256').update(other).digest(),
  );
}

function mismatch(why: string): Acs3Verdict {
  return refused('SignatureDoesNotMatch', `Specified signature is not matched with our calculation: ${why}.`);
}

function refused(code: string, message: string): Acs3Verdict {
  return { genuine: false, code, message };
}
