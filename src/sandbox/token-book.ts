// The tokens that were issued in a sandbox and what they allow: the one truth that the emulated gateway, the emulated
// old service and the broker share. It authenticates nobody: who may ask is judged before the book is opened.
import { randomBytes } from 'node:crypto';
import type { SandboxAccount } from './accounts.ts';

/** ms since epoch; injected wherever time matters. */
export type Clock = () => number;

/** Returns `size` random bytes. */
export type RandomBytes = (size: number) => Buffer;

export type TokenActions = 'R' | 'W' | 'R,W';

/** What a token allows, and where it came from. */
export interface TokenGrant {
  readonly account: string;
  /** Every access key of the account: any of them may stand in the MQTT user name. */
  readonly accessKeys: readonly string[];
  readonly instanceId: string;
  readonly actions: TokenActions;
  /** Topic filters, `+` and `#` allowed. */
  readonly resources: readonly string[];
  /** Absolute, ms since epoch. */
  readonly expiresAtMs: number;
  readonly issuer: 'legacy' | 'gateway';
}

export interface IssuedToken extends TokenGrant {
  readonly token: string;
  readonly revoked: boolean;
}

export type TokenState = 'valid' | 'expired' | 'revoked';

export interface TokenBookOptions {
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  /** Tokens kept at most; past it the oldest is forgotten. Default 100,000. */
  readonly capacity?: number;
}

const prefix = 'LzMT+';
const entropyBytes = 48;

/** Issued tokens, bounded. Time is read from the injected clock only. */
export class TokenBook {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #capacity: number;
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #listeners = new Set<(revoked: IssuedToken) => void>();

  constructor(options: TokenBookOptions = {}) {
    this.#clock = options.clock ?? Date.now;
    this.#random = options.random ?? randomBytes;
    this.#capacity = options.capacity ?? 100_000;
  }

  /** Issues a token that looks as the vendor's do (PROTOCOL section 4, last vector): base64 with `+`, `/`, `=`. */
  mint(grant: TokenGrant): IssuedToken {
    const token = `${prefix}${this.#random(entropyBytes).toString('base64')}==`;
    const issued = { ...grant, token, revoked: false };
    if (this.#tokens.size >= this.#capacity) {
      const oldest = this.#tokens.keys().next();
      if (!oldest.done) this.#tokens.delete(oldest.value);
    }
    this.#tokens.set(token, issued);
    return issued;
  }

  find(token: string): IssuedToken | undefined {
    return this.#tokens.get(token);
  }

  /** Revoked wins over expired, as the old codes 3 and 2 tell it. */
  stateOf(issued: IssuedToken): TokenState {
    if (issued.revoked) return 'revoked';
    return issued.expiresAtMs <= this.#clock() ? 'expired' : 'valid';
  }

  /** Revokes a token and tells the listeners once. @returns whether the book knows the token */
  revoke(token: string): boolean {
    const issued = this.#tokens.get(token);
    if (issued === undefined) return false;
    if (issued.revoked) return true;
    const revoked = { ...issued, revoked: true };
    this.#tokens.set(token, revoked);
    for (const listener of this.#listeners) listener(revoked);
    return true;
  }

  /** Calls `listener` on each revocation. @returns a function that ends it */
  onRevoked(listener: (revoked: IssuedToken) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many tokens are kept now. */
  get size(): number {
    return this.#tokens.size;
  }
}

/** The part of a grant that follows from who asks. */
export function grantedTo(account: SandboxAccount): Pick<TokenGrant, 'account' | 'accessKeys'> {
  return { account: account.name, accessKeys: account.keys.map((key) => key.accessKey) };
}
