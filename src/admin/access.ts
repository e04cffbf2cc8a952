// Who may use the admin API: a pure decision over what a request carries. Knows neither Express nor the log.
//
// With tokens, the token is the whole proof: browsers never attach it by themselves and the API gives no other origin
// leave to send it, so neither Host nor Origin is looked at and the API works behind a reverse proxy. Without tokens
// the proof is to be on this machine, which a browser showing a foreign page also is: hence the two checks.
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { AdminToken } from '../config/config.ts';

export type Role = AdminToken['role'];

/** Who asks, once let in. */
export interface Visitor {
  /** Name of the token; `admin` where no tokens are configured. */
  readonly name: string;
  readonly role: Role;
}

/** What a request carries that matters here; header values as they came. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

export interface AccessRules {
  readonly tokens: readonly AdminToken[];
  /** Whether the admin listener can be reached from this machine only. */
  readonly onLoopback: boolean;
}

export type Decision =
  | { readonly kind: 'admitted'; readonly visitor: Visitor }
  /** A token would be needed, or a given one is none of the configured: the latter is a failed log-in. */
  | { readonly kind: 'unknown'; readonly tokenGiven: boolean; readonly message: string }
  | { readonly kind: 'forbidden'; readonly message: string };

const bearer = /^bearer +(\S+) *$/i;

/** Decides who a request comes from, and whether it may ask at all. No message repeats a value of the request. */
export function decideAccess(credentials: Credentials, { tokens, onLoopback }: AccessRules): Decision {
  if (tokens.length > 0) return byToken(credentials.authorization, tokens);
  if (!onLoopback) {
    return forbidden('the admin API is open on a loopback address only while admin.tokens is empty');
  }
  const { host, origin } = credentials;
  if (host === undefined || !isLoopbackHost(host)) {
    return forbidden(
      'without admin.tokens the admin API answers requests whose Host is localhost, 127.0.0.1 or [::1] only',
    );
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return forbidden('without admin.tokens the admin API answers no request that another web page makes');
  }
  return { kind: 'admitted', visitor: { name: 'admin', role: 'write' } };
}

function byToken(authorization: string | undefined, tokens: readonly AdminToken[]): Decision {
  const given = bearer.exec(authorization ?? '')?.[1];
  if (given === undefined) {
    const message = 'send one of admin.tokens as Authorization: Bearer <token>';
    return { kind: 'unknown', tokenGiven: authorization !== undefined, message };
  }
  const digest = sha256(given);
  let found: AdminToken | undefined;
  // Every token is compared, so that the time tells neither which one matched nor how much of it.
  for (const candidate of tokens) {
    const matches = timingSafeEqual(digest, sha256(candidate.token.reveal()));
    if (matches) found ??= candidate;
  }
  if (found === undefined) {
    return { kind: 'unknown', tokenGiven: true, message: 'this token is none of admin.tokens' };
  }
  return { kind: 'admitted', visitor: { name: found.name, role: found.role } };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

const hostAndPort = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/;

/** Whether a `Host` names this machine, so that no name of somebody else's can have been pointed here. */
export function isLoopbackHost(host: string): boolean {
  const name = hostAndPort.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

function forbidden(message: string): Decision {
  return { kind: 'forbidden', message };
}
