// A question to the books and what its answer means: which waiting calls a permit is asked for, in which order, and until
// when it would be in vain to ask again. It gives permits to nobody: the queue does.
import type { Allowance } from './allowance.ts';
import type { Ask, Decision } from './budgets.ts';
import type { FairShare } from './fair-share.ts';
import type { Forecast } from './forecast.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { QuotaAction } from './quota.ts';

/** Permits asked for at a time. */
const mostAsks = 32;
/** Timers know whole milliseconds, so that asking again earlier would only be asking more often, ms. */
const shortestRestMs = 1;

export interface Question {
  readonly asks: readonly Ask[];
  /** Whose ask it is. */
  readonly lanes: readonly Lane[];
  /** Of a permit, in the fair share. */
  readonly weight: number;
}

export interface AskingOptions {
  readonly action: QuotaAction;
  readonly allowance: Allowance;
  readonly forecast: Forecast;
  readonly lanes: Lanes;
  readonly share: FairShare;
}

export class Asking {
  readonly #options: AskingOptions;

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** Asks for those whose turn is next, for as many as there may be room for, and for one at least. */
  compose(nowMs: number): Question {
    const { action, allowance, forecast, lanes, share } = this.#options;
    const weight = share.weight(nowMs, lanes.all());
    const addressLimit = allowance.address();
    const most = forecast.waiting === 1 ? 1 : Math.min(mostAsks, Math.max(1, allowance.roomAtAddress()));
    const asks: Ask[] = [];
    const askers: Lane[] = [];
    while (asks.length < most) {
      const lane = share.next();
      if (lane === undefined) break;
      asks.push({
        account: lane.account,
        action,
        accountLimit: allowance.account(lane, nowMs),
        addressLimit,
      });
      askers.push(lane);
      lane.asked += 1;
      lane.use += weight;
      if (lane.length > lane.asked && allowance.roomOf(lane, nowMs) > lane.asked) share.place(lane, nowMs);
    }
    return { asks, lanes: askers, weight };
  }

  /** Learns from an answer who is to rest, and lets the others take their place again. */
  note(question: Question, decision: Decision, nowMs: number): void {
    const { share } = this.#options;
    for (const lane of question.lanes) {
      share.remove(lane);
      lane.asked = 0;
    }
    for (const [index, lane] of question.lanes.entries()) {
      if (decision.granted[index] === true) continue;
      lane.use = Math.max(0, lane.use - question.weight);
      this.#rest(lane, decision.retryInMs ?? 0, decision.accountRetryInMs?.[index], nowMs);
    }
    for (const lane of question.lanes) share.place(lane, nowMs);
  }

  /** @param accountInMs of the lane's own budget, where the books can tell */
  #rest(lane: Lane, retryInMs: number, accountInMs: number | undefined, nowMs: number): void {
    const { allowance, forecast } = this.#options;
    const isAddress = accountInMs === undefined ? allowance.roomAtAddress() <= 0 : accountInMs <= 0;
    if (isAddress) forecast.addressFullUntilMs = nowMs + Math.max(shortestRestMs, retryInMs);
    else {
      const untilMs = nowMs + Math.max(shortestRestMs, accountInMs ?? retryInMs);
      lane.notBeforeMs = Math.max(lane.notBeforeMs, untilMs);
    }
  }
}
