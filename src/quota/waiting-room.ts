// The calls that wait for one action: how they come in, and the four ways in which they leave. Each leaves exactly once.
// Whose turn it is, and whether there are permits, is the queue's business.
import type { EarlyWarning } from './early-warning.ts';
import type { FairShare } from './fair-share.ts';
import type { Forecast } from './forecast.ts';
import { Heap } from './heap.ts';
import type { Lane, Waiter } from './lane.ts';
import type { NoTurnReason, Permit, QuotaAction, QuotaEvents, Turn, Waiting } from './quota.ts';

/** Timers know whole milliseconds; a call that can wait no time at all still gets a permit that is there. */
const timerMs = 1;

/** All that wait, whatever for. */
export interface Crowd {
  waiting: number;
  readonly most: number;
}

export interface WaitingRoomOptions {
  readonly action: QuotaAction;
  readonly events: Pick<QuotaEvents, 'waited' | 'refused'>;
  readonly monotonicMs: () => number;
  readonly crowd: Crowd;
  readonly forecast: Forecast;
  readonly share: FairShare;
  readonly warning: EarlyWarning;
}

export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  /** Those that can wait least come first. */
  readonly #deadlines = new Heap<Waiter>((one, other) => one.endsAtMs < other.endsAtMs);
  #numbers = 0;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  /** Why a call need not come in. */
  whyNot(lane: Lane, { forMs, signal }: Waiting, nowMs: number): NoTurnReason | undefined {
    const { crowd, forecast } = this.#options;
    if (signal?.aborted) return 'left';
    if (crowd.waiting >= crowd.most) return 'full';
    const waits = lane.settled > 0 || Math.max(lane.notBeforeMs, forecast.addressFullUntilMs) > nowMs;
    return waits && forecast.turnInMs(lane, lane.length, nowMs) > forMs ? 'too-late' : undefined;
  }

  /** The last of its lane, from now on. */
  enter(lane: Lane, { forMs, signal }: Waiting, nowMs: number, resolve: (turn: Turn) => void): Waiter {
    const { crowd, forecast, share } = this.#options;
    const waiter: Waiter = {
      lane,
      number: (this.#numbers += 1),
      sinceMs: nowMs,
      endsAtMs: nowMs + forMs,
      signal,
      ahead: lane.length,
      departedBefore: lane.departed,
      resolve,
      onAbort: undefined,
      state: 'newcomer',
      place: -1,
      previous: undefined,
      next: undefined,
    };
    forecast.joins(lane, nowMs);
    lane.add(waiter);
    if (lane.place < 0) share.place(lane, nowMs);
    crowd.waiting += 1;
    this.#deadlines.push(waiter);
    return waiter;
  }

  /** A call did not find its turn at once: it leaves when its signal says so, and now if it would wait in vain. */
  settle(waiter: Waiter, nowMs: number): void {
    const { lane, signal, ahead, departedBefore, endsAtMs } = waiter;
    this.#options.warning.used(lane, nowMs);
    waiter.state = 'waiting';
    lane.settled += 1;
    const aheadNow = Math.max(0, ahead - (lane.departed - departedBefore));
    if (signal?.aborted) this.refuse(waiter, 'left', nowMs);
    else if (nowMs + this.#options.forecast.turnInMs(lane, aheadNow, nowMs) > endsAtMs) {
      this.refuse(waiter, 'too-late', nowMs);
    } else if (signal !== undefined) {
      waiter.onAbort = () => this.refuse(waiter, 'left', this.#options.monotonicMs());
      signal.addEventListener('abort', waiter.onAbort, { once: true });
    }
  }

  /** Who of a lane is to get the next permit. */
  first(lane: Lane, nowMs: number): Waiter | undefined {
    for (let waiter = lane.first(); waiter !== undefined; waiter = lane.first()) {
      const isOver = nowMs - waiter.endsAtMs >= timerMs;
      if (!waiter.signal?.aborted && !isOver) return waiter;
      this.refuse(waiter, isOver ? 'too-late' : 'left', nowMs);
    }
    return undefined;
  }

  give(waiter: Waiter, permit: Permit, nowMs: number): void {
    const { action, events, forecast } = this.#options;
    this.#leave(waiter, nowMs);
    forecast.served(waiter.lane, nowMs);
    events.waited(action, nowMs - waiter.sinceMs);
    waiter.resolve({ kind: 'turn', permit });
  }

  refuse(waiter: Waiter, reason: NoTurnReason, nowMs: number): void {
    const { lane, sinceMs, endsAtMs } = waiter;
    this.#leave(waiter, nowMs);
    waiter.resolve(this.refusal(lane, reason, endsAtMs - sinceMs, nowMs));
  }

  /** @param forMs how long the call could have waited, ms */
  refusal(lane: Lane, reason: NoTurnReason, forMs: number, nowMs: number): Turn {
    const { action, events, forecast, warning } = this.#options;
    if (reason === 'too-late' || reason === 'full') warning.refused(lane, nowMs);
    events.refused(lane.account, action, reason);
    const retryAfterMs = Math.max(1, Math.ceil(forecast.turnInMs(lane, lane.length, nowMs) - forMs));
    return { kind: 'none', reason, retryAfterMs };
  }

  /** Those whose time is over leave. */
  expire(nowMs: number): void {
    for (let waiter = this.#deadlines.peek(); waiter !== undefined; waiter = this.#deadlines.peek()) {
      if (waiter.endsAtMs > nowMs) return;
      this.refuse(waiter, 'too-late', nowMs);
    }
  }

  /** When the first of those that wait has waited long enough, ms; Infinity where nobody waits. */
  get expiresAtMs(): number {
    return this.#deadlines.peek()?.endsAtMs ?? Infinity;
  }

  refuseAll(reason: NoTurnReason, nowMs: number): void {
    for (let waiter = this.#deadlines.peek(); waiter !== undefined; waiter = this.#deadlines.peek()) {
      this.refuse(waiter, reason, nowMs);
    }
  }

  #leave(waiter: Waiter, nowMs: number): void {
    const { crowd, forecast, share } = this.#options;
    const { lane, signal, onAbort } = waiter;
    if (waiter.state === 'waiting') lane.settled -= 1;
    waiter.state = 'gone';
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    this.#deadlines.remove(waiter);
    lane.remove(waiter);
    forecast.left(lane);
    share.place(lane, nowMs);
    crowd.waiting -= 1;
  }
}
