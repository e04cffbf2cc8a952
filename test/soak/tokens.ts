// Tokens that clients of the soak hold, to query and to revoke later. Bounded: the oldest are forgotten.
import type { Caller } from './people.ts';
import { pick, type Random } from './random.ts';

export interface HeldToken {
  readonly token: string;
  readonly caller: Caller;
}

export interface HeldTokens {
  keep(held: HeldToken): void;
  some(random: Random): HeldToken | undefined;
  /** The same, and it is held no longer. */
  take(random: Random): HeldToken | undefined;
}

const most = 400;

export function createHeldTokens(): HeldTokens {
  let held: HeldToken[] = [];
  const some = (random: Random) => (held.length === 0 ? undefined : pick(random, held));
  return {
    keep: (token) => (held = [...held.slice(1 - most), token]),
    some,
    take: (random) => {
      const taken = some(random);
      held = held.filter((other) => other !== taken);
      return taken;
    },
  };
}
