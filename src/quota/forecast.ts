// When a call that comes now would find its turn: what refuses at once a call that would wait in vain, and what a client
// is told to wait. In doubt it expects the turn too early: a call that is admitted in error is refused at its time, one
// that is refused in error could have been served.
import type { Allowance } from './allowance.ts';
import type { FairShare } from './fair-share.ts';
import type { Lane } from './lane.ts';
import { ServiceRate } from './service-rate.ts';

/** The address is taken to be the bottleneck for this long after it had no room, ms. */
const bottleneckMs = 1_000;

export interface ForecastOptions {
  readonly allowance: Allowance;
  readonly share: FairShare;
}

export class Forecast {
  /** Until when the address has no room, ms. */
  addressFullUntilMs = -Infinity;
  readonly #allowance: Allowance;
  readonly #share: FairShare;
  /** How many lanes have more than so many waiting. */
  readonly #deeper: number[] = [];
  readonly #rate = new ServiceRate();
  #waiting = 0;

  constructor({ allowance, share }: ForecastOptions) {
    this.#allowance = allowance;
    this.#share = share;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** A call is about to join a lane. */
  joins(lane: Lane, nowMs: number): void {
    if (this.#waiting === 0) this.#rate.begin(nowMs);
    if (lane.length === 0) lane.rate.begin(nowMs);
    this.#waiting += 1;
    this.#deeper[lane.length] = (this.#deeper[lane.length] ?? 0) + 1;
  }

  /** A call has left a lane. */
  left(lane: Lane): void {
    this.#waiting -= 1;
    this.#deeper[lane.length] = (this.#deeper[lane.length] ?? 1) - 1;
  }

  /** A call was given its permit. */
  served(lane: Lane, nowMs: number): void {
    this.#rate.served(nowMs);
    lane.rate.served(nowMs);
  }

  /**
   * How long until a call finds its turn, ms.
   * @param ahead calls of its account that are before it
   */
  turnInMs(lane: Lane, ahead: number, nowMs: number): number {
    const restsMs = Math.max(0, lane.notBeforeMs - nowMs);
    const isShared = nowMs < this.addressFullUntilMs + bottleneckMs;
    // Most calls find nothing in their way.
    if (ahead === 0 && !isShared) return restsMs;
    const allowed = this.#allowance.here(this.#allowance.account(lane, nowMs));
    if (!isShared) return restsMs + (ahead * 1_000) / lane.rate.perSecond(nowMs, allowed);
    return Math.max(restsMs, this.addressFullUntilMs - nowMs) + this.#sharedMs(lane, ahead, nowMs, allowed);
  }

  /** Accounts take turns at the address. @param allowed to the account alone, calls/s */
  #sharedMs(lane: Lane, ahead: number, nowMs: number, allowed: number): number {
    if (ahead === 0 && this.#share.comesNext(lane)) return 0;
    const address = this.#rate.perSecond(nowMs, this.#allowance.here(this.#allowance.address()));
    const roundsMs = (this.#servedBefore(ahead) * 1_000) / address;
    // The first of a lane begins a new measure.
    if (ahead === 0) return roundsMs;
    if (!lane.rate.isMeasured(nowMs)) return Math.max(roundsMs, (ahead * 1_000) / allowed);
    const share = Math.min(allowed, ((ahead + 1) * 1_000) / Math.max(1, roundsMs));
    return ((ahead + 1) * 1_000) / lane.rate.perSecond(nowMs, share);
  }

  /** Calls that come before one with so many of its account ahead of it, when accounts take turns. */
  #servedBefore(ahead: number): number {
    let calls = 0;
    for (let depth = 0; depth <= ahead; depth += 1) calls += this.#deeper[depth] ?? 0;
    return calls;
  }
}
