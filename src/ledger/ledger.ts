// Which token belongs to which account, instance and backend: revoke and query carry no instance id, the gateway
// wants one. Tokens themselves are never kept, only a SHA-256 of them.
import { hash } from 'node:crypto';

/** SHA-256 of a token, base64url: the only form in which a token is kept. */
export type TokenHash = string & { readonly brand: 'TokenHash' };

export interface TokenRecord {
  readonly account: string;
  readonly instanceId: string;
  readonly backend: 'legacy' | 'gateway';
  /** When the token ceases to be valid, ms since epoch. */
  readonly expiresAtMs: number;
  /** When it was revoked through this proxy, ms since epoch. */
  readonly revokedAtMs?: number;
}

export interface Ledger {
  /** Keeps a record, replacing an earlier one of the same token. Resolves when it is as safe as the store makes it. */
  remember(token: TokenHash, record: TokenRecord): Promise<void>;
  /** Nothing for a token that is unknown, expired for more than an hour, or whose record cannot be read. */
  find(token: TokenHash): Promise<TokenRecord | undefined>;
  /** Whether there is a record of the token, and it was not revoked: as {@link find}, for less. */
  isGood(token: TokenHash): Promise<boolean>;
  /** How many records are kept now. */
  size(): number;
  /** Records that were found but could not be understood, since the start. */
  unreadable(): number;
}

/** The hash under which a token is remembered. */
export function hashToken(token: string): TokenHash {
  return hash('sha256', token, 'base64url') as TokenHash;
}
