// Who still calls: the old clients seen by this replica, by account, address and user agent, so that an operator knows
// whom to move before the old protocol is switched off. Bounded; keeps nothing of what they send.
import { LRUCache } from 'lru-cache';

/** One answered call, as far as the caller goes. */
export interface SeenCall {
  /** Name of the account; undefined for a key that is not configured. */
  readonly account: string | undefined;
  readonly clientAddress: string;
  readonly userAgent: string | undefined;
  readonly backend: 'legacy' | 'gateway' | 'none';
}

export interface Caller {
  readonly account: string | null;
  readonly clientAddress: string;
  /** At most 200 characters; empty when the client sent none. */
  readonly userAgent: string;
  /** ms since epoch. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** By the backend that answered. */
  readonly calls: { readonly legacy: number; readonly gateway: number; readonly none: number };
}

export interface Callers {
  /** Counts a call; cheap for a caller that is known. */
  note(call: SeenCall): void;
  /** Last seen first. */
  list(): readonly Caller[];
  /** How many callers had to leave to make room; one that came back counts again. */
  forgotten(): number;
}

/** Callers kept at most; beyond it those not seen for longest leave. */
export const mostCallers = 2_000;
const mostUserAgentCharacters = 200;

interface Entry extends Caller {
  lastSeenMs: number;
  readonly calls: { legacy: number; gateway: number; none: number };
}

/**
 * @param now ms since epoch
 */
export function createCallers(now: () => number, most: number = mostCallers): Callers {
  let forgotten = 0;
  const entries = new LRUCache<string, Entry>({
    max: most,
    // Nothing but the want of room makes an entry leave.
    dispose: () => (forgotten += 1),
  });

  const meet = (key: string, { account, clientAddress, userAgent = '' }: SeenCall): Entry => {
    const entry: Entry = {
      account: account ?? null,
      clientAddress,
      userAgent: ownCopy(userAgent.slice(0, mostUserAgentCharacters)),
      firstSeenMs: now(),
      lastSeenMs: now(),
      calls: { legacy: 0, gateway: 0, none: 0 },
    };
    entries.set(ownCopy(key), entry);
    return entry;
  };

  return {
    note(call) {
      const userAgent = call.userAgent?.slice(0, mostUserAgentCharacters) ?? '';
      // A header holds no line break, so that two callers never share a key.
      const key = `${call.clientAddress}\n${userAgent}\n${call.account ?? ''}`;
      const entry = entries.get(key) ?? meet(key, call);
      entry.lastSeenMs = now();
      entry.calls[call.backend] += 1;
    },
    list: () =>
      Array.from(entries.values(), (entry) => ({ ...entry, calls: { ...entry.calls } })).sort(
        (one, other) => other.lastSeenMs - one.lastSeenMs,
      ),
    forgotten: () => forgotten,
  };
}

/** A part of a string keeps all of it alive in V8: cut from long headers, 2,000 parts would hold 2,000 headers. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
