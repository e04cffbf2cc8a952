// The books of this process alone: an exact window and a pacer for each account and action, and one for the address.
// It shares them with nobody; where replicas share the real limits, each uses its part of them.
import type { Ask, Budgets } from './budgets.ts';
import { burstOf, Pacer } from './pacer.ts';
import { callsOf, spanMsOf } from './limits.ts';
import { quotaActions, type BudgetUse, type QuotaAction } from './quota.ts';
import { SlidingWindow } from './window.ts';

export interface OwnBudgetsOptions {
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** How many replicas use the limits; asked anew with each call, since the configuration may change. */
  readonly replicas: () => number;
}

/** Books of accounts at rest are thrown away when there are this many, and then at each doubling of those in use. */
const keptAtRest = 64;

/** Of a limit, from which on permits are spread evenly. */
const busyShare = 0.5;

export function createOwnBudgets({ monotonicMs, replicas }: OwnBudgetsOptions): Budgets {
  const accounts = byAction(() => new Map<string, Book>());
  const addresses = byAction(() => new Book());
  const sweepAt = byAction(() => keptAtRest);

  const bookOf = ({ account, action }: Ask, nowMs: number): Book => {
    const books = accounts[action];
    const known = books.get(account);
    if (known !== undefined) return known;
    if (books.size >= sweepAt[action]) {
      for (const [name, book] of books) if (book.isAtRest(nowMs)) books.delete(name);
      sweepAt[action] = Math.max(keptAtRest, books.size * 2);
    }
    const book = new Book();
    books.set(account, book);
    return book;
  };

  return {
    mode: () => 'own',
    take(asks) {
      const nowMs = monotonicMs();
      const parts = replicas();
      const granted: boolean[] = [];
      const accountRetryInMs: number[] = [];
      let retryInMs: number | undefined;
      for (const ask of asks) {
        const account = bookOf(ask, nowMs);
        const address = addresses[ask.action];
        const accountInMs = account.roomInMs(nowMs, ask.accountLimit / parts);
        const addressInMs = address.roomInMs(nowMs, ask.addressLimit / parts);
        const inMs = Math.max(accountInMs, addressInMs);
        if (inMs <= 0) {
          account.grant(nowMs);
          address.grant(nowMs);
        } else retryInMs = Math.min(retryInMs ?? Infinity, inMs);
        granted.push(inMs <= 0);
        accountRetryInMs.push(accountInMs);
      }
      return Promise.resolve({ granted, retryInMs, accountRetryInMs });
    },
    sent({ account, action }) {
      const nowMs = monotonicMs();
      accounts[action].get(account)?.window.sent(nowMs);
      addresses[action].window.sent(nowMs);
    },
    unused({ account, action }) {
      accounts[action].get(account)?.window.unused();
      addresses[action].window.unused();
    },
    usedBy: (account, action) => accounts[action].get(account)?.used(monotonicMs()) ?? 0,
    usedAtAddress: (action) => addresses[action].used(monotonicMs()),
    inUse() {
      const nowMs = monotonicMs();
      const uses: Pick<BudgetUse, 'account' | 'action' | 'used'>[] = [];
      for (const action of quotaActions) {
        for (const [account, book] of accounts[action]) {
          const used = book.used(nowMs);
          if (used > 0) uses.push({ account, action, used });
        }
      }
      return uses;
    },
    close: () => undefined,
  };
}

/** What one budget has given out. */
class Book {
  readonly window = new SlidingWindow();
  readonly #pacer = new Pacer();
  /** Both of the limit asked with last. */
  #spanMs = spanMsOf(1);
  #burst = 1;

  /** How long until a call is within the limit, ms; 0 or less when it is now. @param limit calls/s of this process */
  roomInMs(nowMs: number, limit: number): number {
    const calls = callsOf(limit);
    this.#spanMs = spanMsOf(limit);
    this.#burst = burstOf(calls);
    const quietInMs = this.window.roomInMs(nowMs, Math.floor(calls * busyShare) + 1, this.#spanMs);
    return Math.max(
      this.window.roomInMs(nowMs, calls, this.#spanMs),
      this.#pacer.roomInMs(nowMs, this.#burst, quietInMs),
    );
  }

  grant(nowMs: number): void {
    this.window.grant();
    this.#pacer.grant(nowMs, this.#burst);
  }

  used(nowMs: number): number {
    return this.window.count(nowMs, this.#spanMs);
  }

  /** Nothing counts any more, for the pacer neither: what it still remembers of the last moments was never written. */
  isAtRest(nowMs: number): boolean {
    return this.used(nowMs) === 0;
  }
}

function byAction<Value>(create: () => Value): Record<QuotaAction, Value> {
  return { apply: create(), query: create(), revoke: create() };
}
