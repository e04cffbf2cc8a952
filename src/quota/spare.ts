// Turns for calls that nobody waits for (shadow calls): given only out of what real calls leave unused, and never queued.
// It gives no permit to anybody who waits; those are the queue's.
import type { Allowance } from './allowance.ts';
import type { Budgets } from './budgets.ts';
import type { Forecast } from './forecast.ts';
import type { Lane } from './lane.ts';
import { permitFor } from './permit.ts';
import type { Permit, QuotaAction } from './quota.ts';

/** Of either budget, what may be used once a spare call has left: the rest is there for real calls at any moment. */
export const spareShare = 0.5;

export interface SpareOptions {
  readonly action: QuotaAction;
  readonly allowance: Allowance;
  readonly forecast: Pick<Forecast, 'waiting'>;
  readonly budgets: Pick<Budgets, 'take' | 'sent' | 'unused'>;
}

export class Spare {
  readonly #options: SpareOptions;

  constructor(options: SpareOptions) {
    this.#options = options;
  }

  /**
   * At once or not at all. What other replicas use is judged by the books, which are asked with the lower limits; what this
   * process knows keeps it from asking them in vain.
   * @param onUnused there is room again that the books had given away
   */
  async turn(lane: Lane, nowMs: number, onUnused: () => void): Promise<Permit | undefined> {
    const { action, allowance, forecast, budgets } = this.#options;
    if (forecast.waiting > 0 || lane.hold !== undefined) return undefined;
    const uses = [allowance.useOf(lane, nowMs), allowance.useOfAddress()];
    if (uses.some(({ used, limit }) => used + 1 > limit * spareShare)) return undefined;
    const ask = {
      account: lane.account,
      action,
      accountLimit: allowance.account(lane, nowMs) * spareShare,
      addressLimit: allowance.address() * spareShare,
    };
    const { granted } = await budgets.take([ask]);
    if (granted[0] !== true) return undefined;
    const permit = permitFor(ask, budgets, onUnused);
    if (forecast.waiting === 0) return permit;
    // Whoever has come meanwhile goes first.
    permit.unused();
    return undefined;
  }
}
