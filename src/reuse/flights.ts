// Calls under way that others may join: identical ones, with expiries that are near enough, share one gateway call.
// A call goes on while anybody waits for it.
import type { GiveUpSignal } from '../gateway/gateway.ts';
import type { MintOutcome, Provided } from './reuse.ts';

export interface Joining {
  /** The expiry that is asked for, ms since epoch. */
  readonly expiresAtMs: number;
  /** How far the shared token's may lie from it, ms. */
  readonly tolerance: number;
  readonly signal: GiveUpSignal;
}

export interface Flights {
  /** @param start begins a call when there is none to join */
  join(
    key: string,
    joining: Joining,
    start: (signal: GiveUpSignal) => Promise<MintOutcome>,
  ): Promise<Provided>;
}

interface Flight {
  readonly expiresAtMs: number;
  readonly outcome: Promise<MintOutcome>;
  readonly everybodyLeft: AbortController;
  waiting: number;
}

export function createFlights(): Flights {
  const byKey = new Map<string, readonly Flight[]>();

  function land(key: string, flight: Flight): void {
    const others = byKey.get(key)?.filter((other) => other !== flight) ?? [];
    if (others.length === 0) byKey.delete(key);
    else byKey.set(key, others);
  }

  async function wait(key: string, flight: Flight, signal: GiveUpSignal): Promise<MintOutcome> {
    const leave = (): void => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      // Nobody may join what is being given up.
      land(key, flight);
      flight.everybodyLeft.abort();
    };
    flight.waiting += 1;
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    try {
      return await flight.outcome;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  return {
    async join(key, { expiresAtMs, tolerance, signal }, start) {
      const known = byKey.get(key)?.find((flight) => Math.abs(flight.expiresAtMs - expiresAtMs) <= tolerance);
      if (known !== undefined) return { outcome: await wait(key, known, signal), how: 'shared' };
      const everybodyLeft = new AbortController();
      const outcome = start(everybodyLeft.signal).finally(() => land(key, flight));
      const flight: Flight = { expiresAtMs, outcome, everybodyLeft, waiting: 0 };
      byKey.set(key, [...(byKey.get(key) ?? []), flight]);
      return { outcome: await wait(key, flight, signal), how: 'minted' };
    },
  };
}
