// Puts what several takes ask into one call of the shared books, and the answer back into a decision for each. Pure.
import type { PermitAsk, PermitWait } from '../store/shared-books.ts';
import { budgetsOf } from './budget-names.ts';
import type { Ask, Decision } from './budgets.ts';

export interface WaitingTake {
  readonly asks: readonly Ask[];
  readonly decide: (decision: Decision) => void;
}

/** Permits that one call asks for: Redis does nothing else while it judges them. */
export const mostAsks = 100;

/** How many of the takes, in their order, fit into a call; the first in any case, of which what fits is asked. */
export function fittingTakes(waiting: readonly WaitingTake[]): number {
  let asks = 0;
  const tooMany = waiting.findIndex((take) => (asks += take.asks.length) > mostAsks);
  return tooMany < 0 ? waiting.length : Math.max(1, tooMany);
}

export function asksOf(takes: readonly WaitingTake[]): readonly Ask[] {
  return takes.flatMap(({ asks }) => asks).slice(0, mostAsks);
}

/** The asks as the books read them. @returns also the budgets that they speak of, each once, by their place */
export function permitAsks(asks: readonly Ask[]): {
  budgets: ReadonlySet<string>;
  asks: readonly PermitAsk[];
} {
  const places = new Map<string, number>();
  const placeOf = (budget: string): number => {
    const place = places.get(budget) ?? places.size;
    places.set(budget, place);
    return place;
  };
  const permits = asks.map((ask) => {
    const [account, address] = budgetsOf(ask);
    const { accountLimit, addressLimit } = ask;
    return { account: placeOf(account), address: placeOf(address), accountLimit, addressLimit };
  });
  return { budgets: new Set(places.keys()), asks: permits };
}

export function isGranted(wait: PermitWait | undefined): boolean {
  return wait !== undefined && wait.accountMs === 0 && wait.addressMs === 0;
}

/** Hands each take its part of the answer. @param waits in the order of the asks of all takes */
export function decide(takes: readonly WaitingTake[], waits: readonly PermitWait[]): void {
  let first = 0;
  for (const take of takes) {
    const next = first + take.asks.length;
    take.decide(decisionOf(take.asks, waits.slice(first, next)));
    first = next;
  }
}

/** What was not asked for want of room is to be asked next. */
const notAsked: PermitWait = { accountMs: 0, addressMs: 1 };

function decisionOf(asks: readonly Ask[], answered: readonly PermitWait[]): Decision {
  const waits = asks.map((_, place) => answered[place] ?? notAsked);
  const refused = waits.filter((wait) => !isGranted(wait));
  const retries = refused.map(({ accountMs, addressMs }) => Math.max(accountMs, addressMs));
  return {
    granted: waits.map(isGranted),
    retryInMs: retries.length === 0 ? undefined : Math.min(...retries),
    accountRetryInMs: waits.map(({ accountMs }) => accountMs),
  };
}

/** Nothing is granted. @param retryInMs when asking again may help */
export function refuseAll(asks: readonly Ask[], retryInMs: number): Decision {
  return { granted: asks.map(() => false), retryInMs };
}
