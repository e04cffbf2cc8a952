// The loads as all replicas together see them: counts what arrives here, and once in a while adds it to the document that
// they share. Without a store that answers it goes on with what arrives here.

/*
 * A slot is folded only when every replica has had the time to say what arrived there; who is later is not counted. Counts
 * far below a budget stay out of the document, or a thousand accounts would fill it: what they add to the address is
 * counted there.
 */
import { ArrivalCounts } from './arrivals.ts';
import { memoryMs, type Operation } from './kinds.ts';
import {
  budgetNamed,
  fold,
  nameOf,
  noLoads,
  slotAt,
  under,
  type Arrivals,
  type BudgetOf,
  type Load,
  type Loads,
} from './load.ts';
import { decodeLoads, encodeLoads, type SharedLoads } from './loads-document.ts';
import { changeDocument, type DocumentStore } from './shared-document.ts';
import { highestSince, raise, together, type Staircase } from './staircase.ts';
import { isIdle, slotMs, type Budget } from './virtual-queue.ts';

const documentName = 'readiness-load';
/** Replicas share every few seconds, and clocks differ a little. */
const graceSlots = 8_000 / slotMs;
const slotsPerSecond = 1_000 / slotMs;
/** Of a budget: a second with less is kept here only. */
const worthSharing = 0.05;
const mostShared = 300;

export interface LoadBook {
  /** One call that would be at the gateway, whoever serves it now. O(1). */
  count(account: string, operation: Operation, nowMs: number): void;
  /** Rejects when the store fails; what was counted until then is known here then, and not to the others. */
  share(nowMs: number): Promise<void>;
  /** As if every slot up to now were complete. */
  view(nowMs: number): LoadView;
  configure(budgetOf: BudgetOf, accounts: ReadonlySet<string>): void;
}

export interface LoadView {
  /** Undefined where nothing is known. @param account undefined for the address */
  of(account: string | undefined, action: Operation): Load | undefined;
  /** Calls in any second since then; 0 without any. */
  peakSince(account: string | undefined, action: Operation, sinceMs: number): number;
}

export function createLoadBook(store: DocumentStore, firstBudgetOf: BudgetOf): LoadBook {
  const counts = new ArrivalCounts();
  const ownPeaks = new Map<string, Staircase>();
  let budgetOf = firstBudgetOf;
  /** Counted here, and not shared yet. */
  let own = new Map<string, Map<number, number>>();
  let known: SharedLoads = { loads: noLoads, arrivals: new Map() };
  let diverged = false;

  function collect(nowMs: number): void {
    const taken = counts.take();
    for (const [name, perSlot] of taken) {
      const [value, atMs] = [mostInASecond(perSlot), slotAt(nowMs) * slotMs];
      ownPeaks.set(name, raise(ownPeaks.get(name) ?? [], { value, atMs }, nowMs - memoryMs));
    }
    own = sumOf(own, taken);
  }

  /** Small counts have no place in the document. */
  function worthwhile(): Arrivals {
    const ranked = [...own].flatMap(([name, perSlot]) => {
      const budget = budgetNamed(name, budgetOf);
      const share = budget === undefined ? 0 : mostInASecond(perSlot) / rateOf(budget);
      const isKnown = !name.includes(' ') || known.arrivals.has(name) || isBusy(known.loads.byName.get(name));
      return share >= worthSharing || isKnown ? [{ name, perSlot, share }] : [];
    });
    const chosen = ranked.sort((one, other) => other.share - one.share).slice(0, mostShared);
    return new Map(chosen.map(({ name, perSlot }) => [name, perSlot]));
  }

  /** @param kept the document, undefined where there is none that can be read */
  function next(kept: SharedLoads | undefined, added: Arrivals, nowMs: number): SharedLoads {
    const from = kept ?? { ...known, arrivals: new Map() };
    const start = diverged ? { ...from.loads, byName: reconciled(from.loads, known.loads) } : from.loads;
    const arrivals = sumOf(from.arrivals, added);
    const loads = fold(start, arrivals, slotAt(nowMs) - graceSlots, budgetOf);
    return { loads: rememberedOf(loads, nowMs), arrivals: after(loads.slot, arrivals) };
  }

  return {
    count: (account, operation, nowMs) => counts.count(account, operation, nowMs),

    async share(nowMs) {
      collect(nowMs);
      const added = worthwhile();
      own = new Map();
      try {
        known = await changeDocument(store, documentName, (text) => {
          const kept = text === undefined ? undefined : decodeLoads(text);
          const result = next(kept, added, nowMs);
          const isNews = added.size > 0 || diverged || (kept?.arrivals.size ?? 0) > 0;
          return { text: isNews ? encodeLoads(result) : undefined, result };
        });
        diverged = false;
      } catch (error) {
        known = next(known, added, nowMs);
        diverged = true;
        throw error;
      }
    },

    view(nowMs) {
      collect(nowMs);
      const { byName } = fold(known.loads, sumOf(known.arrivals, own), slotAt(nowMs), budgetOf);
      const of = (account: string | undefined, action: Operation): Load | undefined => {
        const load = byName.get(nameOf(account, action));
        const budget = budgetOf(account, action);
        return load === undefined || budget === undefined ? undefined : under(budget, load);
      };
      return {
        of,
        peakSince: (account, action, sinceMs) =>
          Math.max(
            highestSince(of(account, action)?.peaks ?? [], sinceMs)?.value ?? 0,
            highestSince(ownPeaks.get(nameOf(account, action)) ?? [], sinceMs)?.value ?? 0,
          ),
      };
    },

    configure(nextBudgetOf, accounts) {
      budgetOf = nextBudgetOf;
      counts.retain(accounts);
      for (const name of ownPeaks.keys()) {
        if (budgetNamed(name, budgetOf) === undefined) ownPeaks.delete(name);
      }
    },
  };
}

function rateOf({ calls, spanMs }: Budget): number {
  return (calls * 1_000) / spanMs;
}

function isBusy(load: Load | undefined): boolean {
  return load !== undefined && !isIdle(load.queue);
}

function mostInASecond(perSlot: ReadonlyMap<number, number>): number {
  let most = 0;
  for (const slot of perSlot.keys()) {
    let calls = 0;
    for (let at = slot; at < slot + slotsPerSecond; at += 1) calls += perSlot.get(at) ?? 0;
    most = Math.max(most, calls);
  }
  return most;
}

function sumOf(one: Arrivals, other: Arrivals): Map<string, Map<number, number>> {
  const sum = new Map(Array.from(one, ([name, perSlot]) => [name, new Map(perSlot)]));
  for (const [name, perSlot] of other) {
    const into = sum.get(name) ?? new Map<number, number>();
    sum.set(name, into);
    for (const [slot, calls] of perSlot) into.set(slot, (into.get(slot) ?? 0) + calls);
  }
  return sum;
}

function after(slot: number, arrivals: Arrivals): Arrivals {
  const open = new Map<string, Map<number, number>>();
  for (const [name, perSlot] of arrivals) {
    const left = new Map([...perSlot].filter(([at]) => at > slot));
    if (left.size > 0) open.set(name, left);
  }
  return open;
}

/** What was found here while the store was away, beside what the others found; each of them may be the higher one. */
function reconciled(shared: Loads, here: Loads): ReadonlyMap<string, Load> {
  const byName = new Map(shared.byName);
  for (const [name, load] of here.byName) {
    const before = byName.get(name);
    const { peaks, waits, refused } = under(load.budget, before);
    byName.set(name, {
      ...(before ?? load),
      peaks: together(peaks, load.peaks),
      waits: together(waits, load.waits),
      refused: refused.count > load.refused.count ? refused : load.refused,
    });
  }
  return byName;
}

/** Leaves out what has been quiet for a day. */
function rememberedOf({ slot, byName }: Loads, nowMs: number): Loads {
  const isKept = ({ peaks, queue }: Load) => !isIdle(queue) || (peaks.at(-1)?.atMs ?? 0) > nowMs - memoryMs;
  return { slot, byName: new Map([...byName].filter(([, load]) => isKept(load))) };
}
