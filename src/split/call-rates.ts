// How often each account calls: what a change of the weight is held against before it is made.
// Rings of fixed size; counting a call costs an addition. Knows no weight and no quota.

export const ratedActions = ['apply', 'query', 'revoke'] as const;
export type RatedAction = (typeof ratedActions)[number];

/** Calls per second, by action. */
export type Rates = Readonly<Record<RatedAction, number>>;

export interface CallRates {
  /** One call of a configured account, whoever serves it. */
  called(account: string, action: RatedAction): void;
  /** The busiest 5 s of the last 5 min, calls/s: of each account that has called, and of all of them together. */
  busiest(): RatesReading;
}

export interface RatesReading {
  readonly accounts: ReadonlyMap<string, Rates>;
  readonly all: Rates;
}

/** A burst shorter than this only waits its turn at the quota. */
const slotSeconds = 5;
const slots = 60;
const columns = { apply: 0, query: 1, revoke: 2 } as const satisfies Record<RatedAction, number>;

/** Counts by slot and action; a slot that belongs to an earlier round of the ring is void. */
class Ring {
  readonly #slotOf = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
  readonly #counts = new Uint32Array(slots * ratedActions.length);

  add(slot: number, action: RatedAction): void {
    const at = slot % slots;
    const first = at * ratedActions.length;
    if (this.#slotOf[at] !== slot) {
      this.#slotOf[at] = slot;
      this.#counts.fill(0, first, first + ratedActions.length);
    }
    const index = first + columns[action];
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  busiest(newest: number): Rates {
    const most = { apply: 0, query: 0, revoke: 0 };
    for (const [at, slot] of this.#slotOf.entries()) {
      if (slot <= newest - slots) continue;
      for (const action of ratedActions) {
        const calls = this.#counts[at * ratedActions.length + columns[action]] ?? 0;
        most[action] = Math.max(most[action], calls / slotSeconds);
      }
    }
    return most;
  }
}

/** @param monotonicMs a clock that never jumps, ms */
export function createCallRates(monotonicMs: () => number): CallRates {
  const accounts = new Map<string, Ring>();
  const all = new Ring();
  const slotNow = (): number => Math.floor(monotonicMs() / 1_000 / slotSeconds);

  return {
    called(account, action) {
      const slot = slotNow();
      let ring = accounts.get(account);
      if (ring === undefined) accounts.set(account, (ring = new Ring()));
      ring.add(slot, action);
      all.add(slot, action);
    },
    busiest() {
      const slot = slotNow();
      const rates = new Map<string, Rates>();
      for (const [account, ring] of accounts) {
        const busiest = ring.busiest(slot);
        // Of an account that has left the configuration nothing is kept.
        if (ratedActions.every((action) => busiest[action] === 0)) accounts.delete(account);
        else rates.set(account, busiest);
      }
      return { accounts: rates, all: all.busiest(slot) };
    },
  };
}
