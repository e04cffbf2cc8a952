// Tokens that were handed out and live, by what they are good for. Bounded; forgets a token at once when told to.
import { LRUCache } from 'lru-cache';

export interface LiveTokens<Name> {
  /** One whose expiry is within the tolerance of the one asked for, and that is good for a while yet. */
  find(key: string, expiresAtMs: number, toleranceMs: number): LiveToken<Name> | undefined;
  keep(key: string, live: LiveToken<Name>): void;
  forget(token: string): void;
}

export interface LiveToken<Name> {
  readonly token: string;
  /** Under which the ledger keeps it. */
  readonly name: Name;
  /** ms since epoch. */
  readonly expiresAtMs: number;
}

/** The shortest life that the gateway itself gives a token (PROTOCOL section 2): no client has to cope with less. */
const leastLifeMs = 60_000;

/** Clients of one kind ask for lifetimes of a few kinds. */
const mostPerKey = 4;

/**
 * @param now ms since epoch
 * @param capacity keys that tokens are held for; those asked for least lately leave
 */
export function createLiveTokens<Name>(now: () => number, capacity: number): LiveTokens<Name> {
  const byKey = new LRUCache<string, readonly LiveToken<Name>[]>({
    max: capacity,
    dispose: (tokens, key, reason) => {
      if (reason === 'evict') for (const { token } of tokens) release(token, key);
    },
  });
  const keyOfToken = new Map<string, string>();

  function release(token: string, key: string): void {
    if (keyOfToken.get(token) === key) keyOfToken.delete(token);
  }

  return {
    find(key, expiresAtMs, toleranceMs) {
      const earliestMs = Math.max(now() + leastLifeMs, expiresAtMs - toleranceMs);
      return byKey
        .get(key)
        ?.find((live) => live.expiresAtMs >= earliestMs && live.expiresAtMs <= expiresAtMs + toleranceMs);
    },
    keep(key, made) {
      const tokens = [made, ...(byKey.get(key) ?? [])];
      const kept = tokens.slice(0, mostPerKey).filter((live) => live.expiresAtMs > now());
      for (const live of tokens) if (!kept.includes(live)) release(live.token, key);
      if (kept.some(({ token }) => token === made.token)) keyOfToken.set(made.token, key);
      byKey.set(key, kept);
    },
    forget(token) {
      const key = keyOfToken.get(token);
      if (key === undefined) return;
      keyOfToken.delete(token);
      byKey.set(key, byKey.peek(key)?.filter((live) => live.token !== token) ?? []);
    },
  };
}
