// The breakers of the house: one for each action at each destination, so that one account's private old service, or one
// region, being down does not cut off the others. Who asks them is in guarded-gateway.ts and guarded-old-service.ts.
import type { BreakerOptions } from './breaker-rule.ts';
import type { BreakerState } from './breaker-phase.ts';
import { createBreaker, type Breaker, type BreakerChange } from './breaker.ts';

/** Named as the methods of a gateway; the old operations and the quota have the same names. */
export const actions = ['apply', 'query', 'revoke'] as const;
export type Action = (typeof actions)[number];

export type Backend = 'legacy' | 'gateway';

export type ActionBreakers = Readonly<Record<Action, Breaker>>;

export interface BreakerPlace {
  readonly backend: Backend;
  /** Base address, from the configuration only. */
  readonly destination: string;
  readonly action: Action;
}

export interface PlacedReading extends BreakerPlace {
  readonly state: BreakerState;
  /** When this state began, ms since epoch. */
  readonly sinceMs: number;
  /** Unless closed: why it opened, for people. */
  readonly why?: string;
  /** Unless closed: probes that failed since. */
  readonly failedProbes?: number;
  /** With `open`: when the next call will be let through as a probe, ms since epoch. */
  readonly probeAtMs?: number;
}

export interface Breakers {
  /**
   * The breakers of a destination, made when first asked for.
   * @param destination base address; from the configuration, so that there are never more than it names
   */
  of(backend: Backend, destination: string): ActionBreakers;
  /** The worst state of an action over the destinations of a backend; `closed` where there is none. */
  worst(backend: Backend, action: Action): BreakerState;
  /** Every breaker there is. */
  readings(): readonly PlacedReading[];
  /**
   * New options hold from now on. Destinations that are not among those given are forgotten; a call that still uses the
   * breaker of one ends with it.
   */
  configure(options: BreakerOptions, destinations: Readonly<Record<Backend, ReadonlySet<string>>>): void;
}

export interface BreakersSurroundings {
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** ms since epoch. */
  readonly now: () => number;
  /** Told after each change of any of them. */
  readonly changed: (change: BreakerPlace & BreakerChange) => void;
}

const badness = { closed: 0, half_open: 1, open: 2 } as const satisfies Record<BreakerState, number>;

export function createBreakers(initialOptions: BreakerOptions, surroundings: BreakersSurroundings): Breakers {
  const { monotonicMs, now, changed } = surroundings;
  let options = initialOptions;
  const known: Record<Backend, Map<string, ActionBreakers>> = { legacy: new Map(), gateway: new Map() };

  const make = (backend: Backend, destination: string): ActionBreakers => {
    const one = (action: Action): Breaker =>
      createBreaker(options, {
        monotonicMs,
        changed: (change) => changed({ backend, destination, action, ...change }),
      });
    return { apply: one('apply'), query: one('query'), revoke: one('revoke') };
  };
  const placed = (place: BreakerPlace, breaker: Breaker): PlacedReading => {
    const { sinceMs, probeAtMs, ...rest } = breaker.reading();
    const wall = (atMs: number): number => now() + Math.round(atMs - monotonicMs());
    return {
      ...place,
      ...rest,
      sinceMs: wall(sinceMs),
      ...(probeAtMs !== undefined && { probeAtMs: wall(probeAtMs) }),
    };
  };

  return {
    of: (backend, destination) => {
      const there = known[backend].get(destination);
      if (there !== undefined) return there;
      const made = make(backend, destination);
      known[backend].set(destination, made);
      return made;
    },
    worst: (backend, action) => {
      const states = [...known[backend].values()].map((breakers) => breakers[action].reading().state);
      return states.reduce((worst, state) => (badness[state] > badness[worst] ? state : worst), 'closed');
    },
    readings: () =>
      backends.flatMap((backend) =>
        [...known[backend]].flatMap(([destination, breakers]) =>
          actions.map((action) => placed({ backend, destination, action }, breakers[action])),
        ),
      ),
    configure: (next, destinations) => {
      options = next;
      for (const backend of backends) {
        for (const [destination, breakers] of known[backend]) {
          if (!destinations[backend].has(destination)) known[backend].delete(destination);
          for (const action of actions) breakers[action].configure(next);
        }
      }
    },
  };
}

const backends = ['legacy', 'gateway'] as const satisfies readonly Backend[];
