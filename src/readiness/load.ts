// How much the gateway would have to bear: calls per slot of time for every account and for the address, folded one slot
// after the other into peaks, waits and refusals. Values and one transition; pure.
import { memoryMs, operations, type Operation } from './kinds.ts';
import { raise, type Staircase } from './staircase.ts';
import { emptyQueue, isIdle, pass, slotMs, type Budget, type Passed, type Queue } from './virtual-queue.ts';

export interface Load {
  /** That the figures below were found with; with another one they mean nothing, the peaks aside. */
  readonly budget: Budget;
  readonly queue: Queue;
  /** Arrivals in each of the last slots, the latest last: what is missing to a whole second. */
  readonly recent: readonly number[];
  /** Calls in any second. */
  readonly peaks: Staircase;
  /** Waits for a turn, ms. */
  readonly waits: Staircase;
  /** Calls that would not have found their turn in time. */
  readonly refused: { readonly count: number; readonly lastMs: number };
}

export interface Loads {
  /** The last slot that was folded in. */
  readonly slot: number;
  /** By `nameOf`. */
  readonly byName: ReadonlyMap<string, Load>;
}

/** Calls by name and slot. */
export type Arrivals = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Undefined for an account that is not configured. @param account undefined for the address */
export type BudgetOf = (account: string | undefined, action: Operation) => Budget | undefined;

export const noLoads: Loads = { slot: 0, byName: new Map() };

const slotsPerSecond = 1_000 / slotMs;

export function slotAt(ms: number): number {
  return Math.floor(ms / slotMs);
}

/** @param account undefined for the address that all calls leave from */
export function nameOf(account: string | undefined, action: Operation): string {
  return account === undefined ? action : `${action} ${account}`;
}

export function budgetNamed(name: string, budgetOf: BudgetOf): Budget | undefined {
  const action = operations.find((known) => name === known || name.startsWith(`${known} `));
  if (action === undefined) return undefined;
  return budgetOf(name === action ? undefined : name.slice(action.length + 1), action);
}

/** Passes every slot after `loads.slot` up to and with `upTo`. Arrivals of earlier slots are lost. */
export function fold(loads: Loads, arrivals: Arrivals, upTo: number, budgetOf: BudgetOf): Loads {
  const byName = new Map(loads.byName);
  const slots = [...new Set([...arrivals.values()].flatMap((perSlot) => [...perSlot.keys()]))]
    .filter((slot) => slot > loads.slot && slot <= upTo)
    .sort((one, other) => one - other);
  let next = 0;
  let slot = loads.slot;
  while (slot < upTo) {
    const busy = [...byName.values()].some(({ queue }) => !isIdle(queue));
    const waitsFor = slots[next] ?? upTo + 1;
    slot = busy ? slot + 1 : waitsFor;
    if (slot > upTo) break;
    if (slot === waitsFor) next += 1;
    passAll(byName, arrivals, slot, budgetOf);
  }
  return { slot: Math.max(loads.slot, upTo), byName };
}

/** What an account's own budget holds back does not reach the address then. */
function passAll(byName: Map<string, Load>, arrivals: Arrivals, slot: number, budgetOf: BudgetOf): void {
  const heldBack: Record<Operation, number> = { apply: 0, query: 0, revoke: 0 };
  for (const name of new Set([...byName.keys(), ...arrivals.keys()])) {
    const action = operations.find((known) => name.startsWith(`${known} `));
    if (action === undefined) continue;
    const arrived = arrivals.get(name)?.get(slot) ?? 0;
    const passed = passOne(byName, name, { arrived, queued: arrived }, slot, budgetOf);
    if (passed !== undefined) heldBack[action] += arrived - passed.sent;
  }
  for (const action of operations) {
    const arrived = arrivals.get(action)?.get(slot) ?? 0;
    if (arrived === 0 && !byName.has(action)) continue;
    passOne(byName, action, { arrived, queued: Math.max(0, arrived - heldBack[action]) }, slot, budgetOf);
  }
}

interface Coming {
  readonly arrived: number;
  /** Of these and earlier ones, how many come to this budget now. */
  readonly queued: number;
}

function passOne(
  byName: Map<string, Load>,
  name: string,
  { arrived, queued }: Coming,
  slot: number,
  budgetOf: BudgetOf,
): Passed | undefined {
  const budget = budgetNamed(name, budgetOf);
  if (budget === undefined) {
    byName.delete(name);
    return undefined;
  }
  const before = under(budget, byName.get(name));
  const passed = pass(before.queue, queued, budget);
  const atMs = slot * slotMs;
  const oldestMs = atMs - memoryMs;
  const perSecond = before.recent.reduce((total, calls) => total + calls, arrived);
  byName.set(name, {
    budget,
    queue: passed.queue,
    recent: [...before.recent, arrived].slice(1 - slotsPerSecond),
    peaks: arrived === 0 ? before.peaks : raise(before.peaks, { value: perSecond, atMs }, oldestMs),
    waits: passed.waitMs === 0 ? before.waits : raise(before.waits, { value: passed.waitMs, atMs }, oldestMs),
    refused:
      passed.refused === 0 ? before.refused : { count: before.refused.count + passed.refused, lastMs: atMs },
  });
  return passed;
}

/** The load under a budget: what was found with another one is void. */
export function under(budget: Budget, load: Load | undefined): Load {
  if (load !== undefined && isSame(load.budget, budget)) return load;
  return {
    budget,
    queue: emptyQueue,
    recent: load?.recent ?? [],
    peaks: load?.peaks ?? [],
    waits: [],
    refused: { count: 0, lastMs: 0 },
  };
}

function isSame(one: Budget, other: Budget): boolean {
  return one.calls === other.calls && one.spanMs === other.spanMs && one.patienceMs === other.patienceMs;
}
