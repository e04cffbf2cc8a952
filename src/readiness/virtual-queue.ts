// What would become of calls if all of them had to pass one budget of the gateway: how long they would wait for their turn
// and which would be refused. A model of the quota in slots of time; pure, sends nothing.

/*
 * A slot is short beside the second that the gateway counts over, so that a burst is told apart from the same calls
 * spread over a second. As with the real quota, who could not make it in time is refused at once and does not queue.
 */

/** Length of a slot, ms. */
export const slotMs = 200;

/** What may be sent, and how long a call can wait for it. */
export interface Budget {
  /** In any `spanMs`, headroom taken off. */
  readonly calls: number;
  readonly spanMs: number;
  /** Longest wait that still leaves time for the call itself, ms. */
  readonly patienceMs: number;
}

export interface Queue {
  readonly waiting: number;
  /** Sent in each of the last slots, the latest last; one slot less than a span. */
  readonly sent: readonly number[];
}

export const emptyQueue: Queue = { waiting: 0, sent: [] };

export interface Passed {
  readonly queue: Queue;
  readonly sent: number;
  /** Of the call that came last, had it been let in; ms. */
  readonly waitMs: number;
  readonly refused: number;
}

/** Longest span that is modelled, slots; a rate below a call in 10 s counts as one. */
const longestSpan = 50;

/** One slot passes in which so many calls arrive. */
export function pass({ waiting, sent }: Queue, arrivals: number, budget: Budget): Passed {
  const span = spanOf(budget);
  const wanted = waiting + arrivals;
  const before = sent.slice(sent.length - Math.min(sent.length, span - 1));
  const leaving = Math.min(wanted, Math.max(0, budget.calls - sum(before)));
  const after = span === 1 ? [] : [...before, leaving].slice(-(span - 1));
  const left = wanted - leaving;
  const room = Math.max(mostWaiting(after, budget, span), waiting - leaving);
  const kept = Math.min(left, room);
  return {
    queue: { waiting: kept, sent: after },
    sent: leaving,
    waitMs: waitSlots(left, after, budget.calls, span) * slotMs,
    refused: left - kept,
  };
}

export function isIdle({ waiting, sent }: Queue): boolean {
  return waiting === 0 && sent.every((calls) => calls === 0);
}

function spanOf({ spanMs }: Budget): number {
  return Math.min(longestSpan, Math.max(1, Math.round(spanMs / slotMs)));
}

/** Calls that may have left `slots` from now, at most a span; in any span no more than the budget. */
function leftWithin(slots: number, sent: readonly number[], calls: number, span: number): number {
  return calls - sum(slots >= span ? [] : sent.slice(-(span - slots)));
}

function waitSlots(waiting: number, sent: readonly number[], calls: number, span: number): number {
  if (waiting === 0) return 0;
  const rounds = Math.floor((waiting - 1) / calls);
  const rest = waiting - rounds * calls;
  let slots = 1;
  while (slots < span && leftWithin(slots, sent, calls, span) < rest) slots += 1;
  return rounds * span + slots;
}

function mostWaiting(sent: readonly number[], { calls, patienceMs }: Budget, span: number): number {
  const slots = Math.max(0, Math.floor(patienceMs / slotMs));
  const rest = slots % span;
  return Math.floor(slots / span) * calls + (rest === 0 ? 0 : leftWithin(rest, sent, calls, span));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
