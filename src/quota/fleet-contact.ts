// Whether the fleet's books can be relied on now, and what is to be done while they cannot: pure, told what happens.
//
//   shared   the books answer
//   pause    they do not: nothing is granted, since the others still count this replica among those that share
//   share    they have not answered for so long that the others leave this replica its part
//   pause    they answer again: nothing is granted until what was sent as `share`, which they do not know of, is over
//
// A single call that fails is no mode yet, though nothing is granted without an answer.
import type { BooksRules } from '../store/shared-books.ts';
import type { QuotaMode } from './quota.ts';

/** Without an answer for this long, ms, it is said that the books are out of reach. */
const hiccupMs = 250;

type FleetMode = Exclude<QuotaMode, 'own'>;

export class FleetContact {
  readonly #rules: BooksRules;
  #answeredAtMs: number;
  #isAnswering = false;
  #wasEverAnswered = false;
  #isApart = false;
  /** Until when what was sent as `share` counts. */
  #overAtMs = -Infinity;

  /** @param nowMs the start: whoever never hears of the books waits as long as who loses them */
  constructor(rules: BooksRules, nowMs: number) {
    this.#rules = rules;
    this.#answeredAtMs = nowMs;
  }

  /** Whether the last call was answered. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  answered(nowMs: number): void {
    if (this.mode(nowMs) === 'share') this.#overAtMs = nowMs + this.#rules.windowMs;
    this.#isApart = false;
    this.#isAnswering = true;
    this.#wasEverAnswered = true;
    this.#answeredAtMs = nowMs;
  }

  failed(): void {
    this.#isAnswering = false;
  }

  mode(nowMs: number): FleetMode {
    const silentMs = this.#isAnswering ? 0 : nowMs - this.#answeredAtMs;
    this.#isApart ||= silentMs >= this.#rules.apartAfterMs;
    if (this.#isApart) return 'share';
    if (nowMs < this.#overAtMs || silentMs >= hiccupMs || !this.#wasEverAnswered) return 'pause';
    return 'shared';
  }

  /** How long the present pause lasts at least, ms, where that is known. */
  pauseMs(nowMs: number): number {
    return this.#isAnswering ? Math.max(0, this.#overAtMs - nowMs) : 0;
  }
}
