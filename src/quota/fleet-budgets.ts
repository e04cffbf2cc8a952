// Budgets that all replicas share, as one of them sees them: asks the shared books for permits, tells them what was sent,
// and keeps to its own part of the limits while they cannot be reached. How the books count is theirs (store/).
//
// Every permit is noted in the replica's own books as well, whoever granted it, so that none is forgotten when the mode
// changes. In the seconds of a change the limits hold as long as what is held then, granted and not sent, is no more than
// one part of them: so unless calls took half a second and more from their permit to the wire just then.
import { randomBytes } from 'node:crypto';
import { scheduleTimer, type Schedule } from './alarm.ts';
import type { BooksAnswer, BooksCall, FleetSize, SharedBooks } from '../store/shared-books.ts';
import {
  asksOf,
  decide,
  fittingTakes,
  isGranted,
  permitAsks,
  refuseAll,
  type WaitingTake,
} from './books-turn.ts';
import { accountBudget, addressBudget } from './budget-names.ts';
import type { Ask, Budgets } from './budgets.ts';
import { FleetContact } from './fleet-contact.ts';
import { FleetFigures, type FleetUse } from './fleet-figures.ts';
import { FleetPermits } from './fleet-permits.ts';
import { LargestLately } from './largest-lately.ts';
import type { QuotaMode } from './quota.ts';
import { Rhythm } from './rhythm.ts';

export interface FleetBudgetsOptions {
  readonly books: SharedBooks;
  /** How many replicas the configuration speaks of; asked anew each time, since it may change. */
  readonly replicas: () => number;
  readonly onMode: (mode: QuotaMode) => void;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  readonly schedule?: Schedule;
}

export interface FleetBudgets extends Omit<Budgets, 'close'> {
  /** How the limits are divided, as far as is known; nothing before the books have answered. */
  fleet(): FleetSize | undefined;
  /** What counts in the whole fleet's budgets, asked of the books; undefined when they do not answer. */
  readUse(accounts: readonly string[]): Promise<readonly FleetUse[] | undefined>;
  /** Says goodbye, so that the others need not leave this replica a part. Resolves when that is done, or in vain. */
  close(): Promise<void>;
}

/** What was sent is told within this time, ms: until then the books take it for something still to be sent. */
const reportWithinMs = 25;
/** How often books that do not answer are tried, ms. */
const tryAgainMs = 50;
/** Takes that wait for the books at a time; more are refused, and may ask again. */
const mostWaiting = 1_000;

export function createFleetBudgets(options: FleetBudgetsOptions): FleetBudgets {
  const { books, replicas, onMode, monotonicMs, schedule = scheduleTimer } = options;
  const member = randomBytes(9).toString('base64url');
  const contact = new FleetContact(books.rules, monotonicMs());
  const largest = new LargestLately();
  const partsKnown = (): number => Math.max(replicas(), largest.value);
  const permits = new FleetPermits(monotonicMs, partsKnown);
  const { own, held } = permits;
  const figures = new FleetFigures({ books, own, monotonicMs });
  const rhythm = new Rhythm({ work: callBooks, monotonicMs, schedule });
  const waiting: WaitingTake[] = [];
  let calls = 0;
  let told: { readonly atMs: number; readonly calledAtMs: number } | undefined;
  let fleet: FleetSize | undefined;
  let saidMode: QuotaMode | undefined;
  let closing: Promise<void> | undefined;

  function mode(): QuotaMode {
    const isNow = contact.mode(monotonicMs());
    if (saidMode !== undefined && saidMode !== isNow) onMode(isNow);
    saidMode = isNow;
    return isNow;
  }

  /** @returns when to call again if nothing happens, ms */
  async function callBooks(): Promise<number> {
    const takes = waiting.splice(0, fittingTakes(waiting));
    const asks = asksOf(takes);
    const calledAtMs = monotonicMs();
    const call = nextCall(asks);
    const answer = await books.settle(call).catch(() => undefined);
    if (answer === undefined) {
      failed(takes);
      return tryAgainMs;
    }
    told = { atMs: answer.atMs, calledAtMs };
    arrived(call, answer);
    for (const [place, ask] of asks.entries()) if (isGranted(answer.waits[place])) permits.granted(ask);
    decide(takes, answer.waits);
    if (waiting.length > 0) return 0;
    return held.isDue ? reportWithinMs : books.rules.heartbeatMs;
  }

  function nextCall(asks: readonly Ask[], leaves = false): BooksCall {
    const nowMs = monotonicMs();
    const { budgets, asks: permitsAsked } = permitAsks(asks);
    calls += 1;
    return {
      member,
      number: calls,
      told: told && { atMs: told.atMs, elapsedMs: Math.ceil(nowMs - told.calledAtMs) },
      replicas: replicas(),
      fleet: partsKnown(),
      leaves,
      budgets: held
        .report(calls, nowMs, budgets)
        .map((report) =>
          budgets.has(report.name) ? { ...report, mine: figures.ownOf(report.name) } : report,
        ),
      asks: permitsAsked,
    };
  }

  function arrived({ budgets }: BooksCall, { fleet: size, used, lost }: BooksAnswer): void {
    const nowMs = monotonicMs();
    contact.answered(nowMs);
    held.arrived();
    if (lost) held.repeatAll();
    fleet = size;
    largest.note(size.parts, nowMs);
    for (const [place, { name }] of budgets.entries()) figures.note(name, used[place] ?? 0);
    mode();
  }

  /** Nobody waits for books that do not answer; the permits that an answer would have told of go back with the next call. */
  function failed(takes: readonly WaitingTake[]): void {
    contact.failed();
    held.unanswered();
    waiting.unshift(...takes);
    mode();
    refuseWaiting();
  }

  function refuseWaiting(): void {
    for (const { asks, decide: tell } of waiting.splice(0)) tell(refuseAll(asks, tryAgainMs));
  }

  function reportSoon(): void {
    if (contact.isAnswering) rhythm.within(reportWithinMs);
  }

  async function leave(): Promise<void> {
    await rhythm.stop();
    refuseWaiting();
    held.repeatAll();
    await books.settle(nextCall([], true)).catch(() => undefined);
  }

  saidMode = contact.mode(monotonicMs());
  rhythm.within(0);

  return {
    mode,
    fleet: () => fleet,
    async take(asks) {
      if (asks.length === 0) return { granted: [], retryInMs: undefined };
      if (closing !== undefined) return refuseAll(asks, tryAgainMs);
      if (mode() === 'share') return permits.take(asks);
      const pauseMs = contact.pauseMs(monotonicMs());
      if (!contact.isAnswering || pauseMs > 0 || waiting.length >= mostWaiting) {
        return refuseAll(asks, Math.max(pauseMs, tryAgainMs));
      }
      return new Promise((resolve) => {
        waiting.push({ asks, decide: resolve });
        rhythm.within(0);
      });
    },
    sent(ask) {
      permits.sent(ask);
      reportSoon();
    },
    unused(ask) {
      permits.unused(ask);
      reportSoon();
    },
    usedBy: (account, action) => figures.of(accountBudget(account, action)),
    usedAtAddress: (action) => figures.of(addressBudget(action)),
    inUse: () => figures.inUse(),
    readUse: (accounts) => figures.readUse(accounts),
    close: () => (closing ??= leave()),
  };
}
