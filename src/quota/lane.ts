// The calls of one account that wait for one action, in the order in which they came, and what is known of the account.
// A linked list, because callers leave from anywhere. It decides nothing.
import type { GiveUpSignal } from '../gateway/gateway.ts';
import type { HeapEntry } from './heap.ts';
import type { HoldBack } from './hold-back.ts';
import type { Turn } from './quota.ts';
import { ServiceRate } from './service-rate.ts';

/** A call that waits for its turn. Its place is that in the heap of those that can wait least. */
export interface Waiter extends HeapEntry {
  readonly lane: Lane;
  /** Calls are numbered as they come. */
  readonly number: number;
  readonly sinceMs: number;
  /** It waits no longer than until this moment, ms. */
  readonly endsAtMs: number;
  readonly signal: GiveUpSignal | undefined;
  /** How many were before it, and how many had left its lane, when it came. */
  readonly ahead: number;
  readonly departedBefore: number;
  readonly resolve: (turn: Turn) => void;
  /** Set while it listens to its signal. */
  onAbort: (() => void) | undefined;
  /** A newcomer until the books were asked and had no permit for it. */
  state: 'newcomer' | 'waiting' | 'gone';
  previous: Waiter | undefined;
  next: Waiter | undefined;
}

export class Lane implements HeapEntry {
  readonly account: string;
  /** In the heap of lanes that may ask, or of those that rest. */
  place = -1;
  /** Permits given lately; older ones weigh less (fair-share.ts). */
  use = 0;
  /** Number of the call that was first when the lane took its place. */
  headNumber = 0;
  /** Asking for a permit before this moment would be in vain, ms. */
  notBeforeMs = 0;
  /** Permits asked for and not answered yet. */
  asked = 0;
  /** How many of its calls did not find their turn when the books were asked, and wait. */
  settled = 0;
  /** Set while the gateway's word holds the account back. */
  hold: HoldBack | undefined;
  lastUsedMs = 0;
  warnedAtMs = -Infinity;
  readonly rate = new ServiceRate();
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #length = 0;
  #departed = 0;

  constructor(account: string) {
    this.account = account;
  }

  get length(): number {
    return this.#length;
  }

  /** Calls that have left the lane so far, with or without a permit. */
  get departed(): number {
    return this.#departed;
  }

  first(): Waiter | undefined {
    return this.#first;
  }

  add(waiter: Waiter): void {
    waiter.previous = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.#length += 1;
  }

  remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.previous = waiter.next = undefined;
    this.#length -= 1;
    this.#departed += 1;
  }
}
