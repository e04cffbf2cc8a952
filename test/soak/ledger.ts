// What the load did and what came of it: the one side of every sum that is drawn at the end.
import type { Operation } from '../../src/legacy/operations.ts';
import { createTally, type Tally } from './tally.ts';

/** How a call ended for whoever made it. */
export type Ending =
  /** An answer in the old shape, or not in it: then the code is `unreadable`. */
  | { readonly kind: 'answered'; readonly code: number | 'unreadable' }
  /** Not a token call; an answer is an answer. */
  | { readonly kind: 'replied'; readonly status: number }
  | { readonly kind: 'hung-up' }
  | { readonly kind: 'unanswered'; readonly why: string };

export interface Ledger {
  /** Calls by kind. */
  readonly made: Tally;
  /** Answered token calls by `route code`. */
  readonly answers: Tally;
  readonly hungUp: () => number;
  /** Calls that got no answer although they waited for it, with the reason; the first 20. */
  readonly unanswered: () => readonly string[];
  /** The 20 calls that waited longest for their answers, slowest first. */
  readonly slowest: () => readonly SlowCall[];
  note(call: {
    readonly kind: string;
    readonly route: Operation | undefined;
    readonly ending: Ending;
    readonly ms: number;
  }): void;
}

export interface SlowCall {
  readonly kind: string;
  readonly ms: number;
}

const kept = 20;

export function createLedger(): Ledger {
  const [made, answers] = [createTally(), createTally()];
  const unanswered: string[] = [];
  let slowest: SlowCall[] = [];
  let hungUp = 0;
  return {
    made,
    answers,
    hungUp: () => hungUp,
    unanswered: () => unanswered,
    slowest: () => slowest,
    note: ({ kind, route, ending, ms }) => {
      made.add(kind);
      switch (ending.kind) {
        case 'hung-up':
          hungUp += 1;
          return;
        case 'unanswered':
          if (unanswered.length < kept) unanswered.push(`${kind}: ${ending.why} after ${Math.round(ms)} ms`);
          return;
        case 'answered':
          answers.add(`${route ?? 'other'} ${ending.code}`);
          break;
        case 'replied':
      }
      if (ms <= (slowest[kept - 1]?.ms ?? 0)) return;
      slowest = [...slowest, { kind, ms }].sort((one, other) => other.ms - one.ms).slice(0, kept);
    },
  };
}
