// Says that a budget is nearly used before the first call is refused, and then not again for a while.
import type { Allowance } from './allowance.ts';
import type { Forecast } from './forecast.ts';
import type { Lane } from './lane.ts';
import { restMs } from './lanes.ts';
import type { BudgetUse, QuotaEvents } from './quota.ts';

/** Of a limit, from which on it is nearly used. */
const nearlyShare = 0.8;
/** One call alone is no crowd, however small the limit. */
const fewest = 2;

export interface EarlyWarningOptions {
  readonly events: Pick<QuotaEvents, 'nearlyUsed'>;
  readonly allowance: Allowance;
  readonly forecast: Forecast;
}

export class EarlyWarning {
  readonly #options: EarlyWarningOptions;
  #addressWarnedAtMs = -Infinity;

  constructor(options: EarlyWarningOptions) {
    this.#options = options;
  }

  /** A permit was given, or a call has to wait. No word of a burst that is only spread a little. */
  used(lane: Lane, nowMs: number): void {
    const { allowance } = this.#options;
    if (isDue(lane.warnedAtMs, nowMs) && isNearlyUsed(allowance.useOf(lane, nowMs)))
      this.#ofAccount(lane, nowMs);
    if (isDue(this.#addressWarnedAtMs, nowMs) && isNearlyUsed(allowance.useOfAddress()))
      this.#ofAddress(nowMs);
  }

  /** A call is about to be refused for want of room. */
  refused(lane: Lane, nowMs: number): void {
    if (this.#options.forecast.addressFullUntilMs > nowMs) this.#ofAddress(nowMs);
    else this.#ofAccount(lane, nowMs);
  }

  #ofAccount(lane: Lane, nowMs: number): void {
    if (!isDue(lane.warnedAtMs, nowMs)) return;
    lane.warnedAtMs = nowMs;
    this.#options.events.nearlyUsed(this.#options.allowance.useOf(lane, nowMs));
  }

  #ofAddress(nowMs: number): void {
    if (!isDue(this.#addressWarnedAtMs, nowMs)) return;
    this.#addressWarnedAtMs = nowMs;
    this.#options.events.nearlyUsed(this.#options.allowance.useOfAddress());
  }
}

function isDue(warnedAtMs: number, nowMs: number): boolean {
  return nowMs - warnedAtMs >= restMs;
}

function isNearlyUsed({ used, limit }: BudgetUse): boolean {
  return used >= fewest && used >= limit * nearlyShare;
}
