// The words of the old protocol: what a client asks and what it is told.
// Pure types; nothing here knows how either travels over HTTP.

/** Permissions of a token, in the one order that both services document. */
export type Actions = 'R' | 'W' | 'R,W';

/** A well-formed request of an old client, its signature already judged. */
export type LegacyCall = ApplyCall | RevokeCall | QueryCall;

export interface ApplyCall {
  readonly operation: 'apply';
  readonly accessKey: string;
  readonly actions: Actions;
  /** Topics, in the order sent, without empty entries and duplicates. */
  readonly resources: readonly string[];
  /** Absolute, ms since epoch. */
  readonly expireTimeMs: number;
  /** Absent with accounts of 2017 and older. */
  readonly instanceId?: string;
}

export interface RevokeCall {
  readonly operation: 'revoke';
  readonly accessKey: string;
  readonly token: string;
}

export interface QueryCall {
  readonly operation: 'query';
  readonly accessKey: string;
  readonly token: string;
}

/** Why a request is not carried out, before any backend is asked. */
export interface Rejection {
  readonly kind: 'rejection';
  /** 400 the parameters are wrong, 407 the signature is. */
  readonly code: 400 | 407;
  /** Says what to change. Holds no secret, signature or token. */
  readonly message: string;
}

/** What an old client is told. */
export type LegacyReply =
  | { readonly kind: 'applied'; readonly token: string }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'valid' }
  /** 1 forged or unknown, 2 expired, 3 revoked: said only of a token known to be bad. */
  | { readonly kind: 'bad-token'; readonly code: 1 | 2 | 3; readonly message: string }
  | { readonly kind: 'failed'; readonly code: 400 | 407 | 409 | 410; readonly message: string };

/** Every code of the old protocol (PROTOCOL section 1, answer). */
export type LegacyCode = 200 | 400 | 407 | 409 | 410 | 1 | 2 | 3;
