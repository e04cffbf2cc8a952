// Counts calls by account, operation and slot of time: on the way of every call, so that counting is all it does.
import { nameOf } from './load.ts';
import { operations, type Operation } from './kinds.ts';
import { slotMs } from './virtual-queue.ts';

/** Slots kept of one account and operation between two collections, which are seconds apart. */
const mostSlots = 300;

class SlotCounts {
  #slots: number[] = [];
  #counts: number[] = [];

  add(slot: number): void {
    const last = this.#slots.length - 1;
    // A clock that was set back counts on where it was.
    if (last >= 0 && slot <= (this.#slots[last] ?? 0)) {
      this.#counts[last] = (this.#counts[last] ?? 0) + 1;
    } else if (last < mostSlots) {
      this.#slots.push(slot);
      this.#counts.push(1);
    }
  }

  /** What was counted since the last time. */
  take(): Map<number, number> {
    const counts = this.#counts;
    const taken = new Map(this.#slots.map((slot, at) => [slot, counts[at] ?? 0]));
    this.#slots = [];
    this.#counts = [];
    return taken;
  }
}

type ByOperation = Readonly<Record<Operation, SlotCounts>>;

export class ArrivalCounts {
  readonly #accounts = new Map<string, ByOperation>();
  readonly #all: ByOperation = newCounts();

  /** @param nowMs ms since epoch, so that replicas count in the same slots */
  count(account: string, operation: Operation, nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs);
    let counts = this.#accounts.get(account);
    if (counts === undefined) this.#accounts.set(account, (counts = newCounts()));
    counts[operation].add(slot);
    this.#all[operation].add(slot);
  }

  /** What was counted since the last time, by name. */
  take(): Map<string, Map<number, number>> {
    const taken = new Map<string, Map<number, number>>();
    const collect = (account: string | undefined, counts: ByOperation): void => {
      for (const operation of operations) {
        const perSlot = counts[operation].take();
        if (perSlot.size > 0) taken.set(nameOf(account, operation), perSlot);
      }
    };
    for (const [account, counts] of this.#accounts) collect(account, counts);
    collect(undefined, this.#all);
    return taken;
  }

  /** Keeps nothing of other accounts. */
  retain(accounts: ReadonlySet<string>): void {
    for (const account of this.#accounts.keys()) if (!accounts.has(account)) this.#accounts.delete(account);
  }
}

function newCounts(): ByOperation {
  return { apply: new SlotCounts(), query: new SlotCounts(), revoke: new SlotCounts() };
}
