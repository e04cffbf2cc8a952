// Fewer calls to the gateway: a live token is handed out again, and identical calls under way share one.
// Tokens are held in this process's memory only, and bounded; what makes one good or bad is asked of the ledger.
import type { GatewayOutcome, GiveUpSignal } from '../gateway/gateway.ts';
import { createFlights } from './flights.ts';
import { createLiveTokens } from './live-tokens.ts';

/** What a client asks for. */
export interface TokenNeed {
  readonly account: string;
  /** Whom the token is made for; with the caller's own credentials the broker may ask for the same key again. */
  readonly accessKey: string;
  readonly instanceId: string;
  /** Sorted. */
  readonly resources: readonly string[];
  readonly actions: string;
  /** ms since epoch, never beyond what the gateway grants. */
  readonly expiresAtMs: number;
}

export type MintOutcome = GatewayOutcome<{ readonly token: string }>;

export interface Provided {
  readonly outcome: MintOutcome;
  /** `live`: a token from before; `shared`: of a call that was under way already. */
  readonly how: 'minted' | 'live' | 'shared';
}

export interface Reuse {
  /**
   * A token for a need: one that is there, the one that somebody else is being made, or a new one.
   * @param signal of the client that asks
   * @param mint makes one and records it; its signal is aborted when nobody waits for it any more. Never rejects
   */
  provide(
    need: TokenNeed,
    signal: GiveUpSignal,
    mint: (signal: GiveUpSignal) => Promise<MintOutcome>,
  ): Promise<Provided>;
  /** The token is revoked, or about to be: it is not handed out again. */
  forget(token: string): void;
}

export interface ReuseOptions<Name> {
  /** How far an expiry may lie from the one asked for, ms. */
  readonly toleranceMs: () => number;
  /** Under which name the ledger keeps a token: found out once, when it is made. */
  readonly nameOf: (token: string) => Name;
  /** Whether the ledger knows the token and nothing against it; other replicas may have revoked it. */
  readonly isGood: (name: Name) => Promise<boolean>;
  /** ms since epoch. */
  readonly now: () => number;
  /** Needs that tokens are held for at most. */
  readonly capacity?: number;
}

export function createReuse<Name>({
  toleranceMs,
  nameOf,
  isGood,
  now,
  capacity = 10_000,
}: ReuseOptions<Name>): Reuse {
  const liveTokens = createLiveTokens<Name>(now, capacity);
  const flights = createFlights();
  return {
    async provide(need, signal, mint) {
      const key = keyOf(need);
      const tolerance = toleranceMs();
      const live = () => liveTokens.find(key, need.expiresAtMs, tolerance);
      const found = live();
      if (found !== undefined) {
        const { token, name } = found;
        // Asked again afterwards: it may have been revoked while the ledger was read.
        if ((await isGood(name)) && live()?.token === token) {
          return { outcome: { class: 'ok', value: { token }, requestId: undefined }, how: 'live' };
        }
        liveTokens.forget(token);
      }
      return flights.join(key, { expiresAtMs: need.expiresAtMs, tolerance, signal }, async (ofAll) => {
        const outcome = await mint(ofAll);
        if (outcome.class === 'ok') {
          const { token } = outcome.value;
          liveTokens.keep(key, { token, name: nameOf(token), expiresAtMs: need.expiresAtMs });
        }
        return outcome;
      });
    },
    forget: (made) => liveTokens.forget(made),
  };
}

/** Every call makes its own token. */
export const noReuse: Reuse = {
  provide: async (_need, signal, mint) => ({ outcome: await mint(signal), how: 'minted' }),
  forget: () => undefined,
};

function keyOf({ account, accessKey, instanceId, resources, actions }: TokenNeed): string {
  return JSON.stringify([account, accessKey, instanceId, actions, ...resources]);
}
