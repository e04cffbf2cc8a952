// Which accounts the gateway's word holds back, and the news of it: once for each change downwards, and once at its end.
import type { Allowance } from './allowance.ts';
import { HoldBack } from './hold-back.ts';
import type { Lane } from './lane.ts';
import type { QuotaAction, QuotaEvents } from './quota.ts';

export interface HoldsOptions {
  readonly action: QuotaAction;
  readonly allowance: Allowance;
  readonly events: Pick<QuotaEvents, 'heldBack' | 'released'>;
}

export class Holds {
  readonly #options: HoldsOptions;

  constructor(options: HoldsOptions) {
    this.#options = options;
  }

  /** The gateway said that the account is over: it may ask for nothing for a while, and then for less. */
  overflowed(lane: Lane, nowMs: number): void {
    const { action, allowance, events } = this.#options;
    lane.hold ??= new HoldBack();
    if (!lane.hold.overflowed(nowMs)) return;
    lane.notBeforeMs = Math.max(lane.notBeforeMs, lane.hold.untilMs);
    events.heldBack(lane.account, action, allowance.account(lane, nowMs));
  }

  /** Notices the end of a hold; whoever looks at a lane does so first, since no timer runs for it. */
  release(lane: Lane, nowMs: number): void {
    if (lane.hold?.isOver(nowMs) !== true) return;
    const { action, allowance, events } = this.#options;
    lane.hold = undefined;
    events.released(lane.account, action, allowance.account(lane, nowMs));
  }
}
