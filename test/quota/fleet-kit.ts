// A fleet whose members all live in this process, so that one clock sees every call that leaves. How they reach the books,
// and whether their time is real, is for the test.
import type { Schedule } from '../../src/quota/alarm.ts';
import type { Ask } from '../../src/quota/budgets.ts';
import { createFleetBudgets, type FleetBudgets } from '../../src/quota/fleet-budgets.ts';
import type { QuotaMode } from '../../src/quota/quota.ts';
import type { SharedBooks } from '../../src/store/shared-books.ts';
import { mostWithin } from './simulation.ts';

export interface Surroundings {
  readonly now: () => number;
  readonly schedule: Schedule;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface MemberOptions {
  readonly books: SharedBooks;
  readonly replicas?: number;
  /** The longest that a call takes from its permit to the wire, ms. */
  readonly transitMs?: number;
}

/** A call that left. */
export interface Departure {
  readonly ask: Ask;
  readonly member: number;
  readonly atMs: number;
}

export interface Member {
  readonly fleet: FleetBudgets;
  readonly modes: readonly QuotaMode[];
  /** Asks for as much as it can get, again and again. */
  storm(asks: readonly Ask[]): void;
  /** Asks no more; what it holds is sent. */
  calm(): void;
  /** Neither asks nor sends any more. */
  die(): void;
}

/** One of a hundred permits is not used in the end. */
const unusedShare = 0.01;

export class Fleet {
  readonly departures: Departure[] = [];
  readonly members: Member[] = [];
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  join({ books, replicas = 1, transitMs = 10 }: MemberOptions): Member {
    const { now, schedule, random } = this.#surroundings;
    const { departures } = this;
    const place = this.members.length;
    const modes: QuotaMode[] = [];
    let state: 'calling' | 'calm' | 'dead' = 'calling';
    const fleet = createFleetBudgets({
      books,
      replicas: () => replicas,
      onMode: (mode) => modes.push(mode),
      monotonicMs: now,
      schedule,
    });

    function depart(ask: Ask): void {
      if (state === 'dead') return;
      if (random() < unusedShare) {
        fleet.unused(ask);
        return;
      }
      departures.push({ ask, member: place, atMs: now() });
      fleet.sent(ask);
    }
    async function ask(asks: readonly Ask[]): Promise<void> {
      const { granted, retryInMs = 0 } = await fleet.take(asks);
      for (const [index, one] of asks.entries()) {
        if (granted[index] === true) schedule(random() * transitMs, () => depart(one));
      }
      if (state === 'calling') schedule(Math.max(1, retryInMs), () => void ask(asks));
    }

    const member: Member = {
      fleet,
      modes,
      storm: (asks) => void ask(asks),
      calm: () => void (state = 'calm'),
      die: () => void (state = 'dead'),
    };
    this.members.push(member);
    return member;
  }

  /** Calls that left within a span. @param member of that one only */
  count(sinceMs: number, untilMs: number, member?: Member): number {
    const place = member && this.members.indexOf(member);
    return this.departures.filter(
      ({ atMs, member: who }) => atMs >= sinceMs && atMs < untilMs && (place ?? who) === who,
    ).length;
  }

  /** The most that any second held of what left for the budgets of an ask: of the account's, and of the address's. */
  peaks(ask: Ask): { readonly account: number; readonly address: number } {
    const moments = (departures: readonly Departure[]) => departures.map(({ atMs }) => atMs);
    const ofAccount = this.departures.filter((departure) => departure.ask.account === ask.account);
    return {
      account: mostWithin(moments(ofAccount), 1_000),
      address: mostWithin(moments(this.departures), 1_000),
    };
  }

  async close(): Promise<void> {
    for (const member of this.members) member.die();
    await Promise.all(this.members.map(({ fleet }) => fleet.close()));
  }
}
