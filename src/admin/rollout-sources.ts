// What the admin API asks of the rollout: narrow interfaces, declared here and satisfied by app.
import type { OrderOrigin } from './sources.ts';

export const rolloutOrders = ['start', 'pause', 'resume', 'promote', 'abort'] as const;
export type RolloutOrderName = (typeof rolloutOrders)[number];

/** The rollout as it stands; `RolloutView` of rollout/view.ts is one. */
export interface RolloutReading {
  readonly state: string;
  readonly cause?: string;
  /** Index into the steps; null before the first rollout. */
  readonly step: number | null;
  readonly steps: readonly { readonly gatewayPercent: number; readonly hold?: number | 'manual' }[];
  readonly gatewayPercent: number | null;
  readonly reason: string;
  readonly by: string;
  /** ms since epoch; 0 before the first rollout. */
  readonly sinceMs: number;
  readonly heldUntilMs?: number;
  readonly coolsUntilMs?: number;
  readonly evidence: object;
  readonly version: number;
  readonly drives: boolean;
  readonly problem?: string;
}

/** The rollout of this process; `Rollout` of rollout/rollout.ts is one. */
export interface RolloutSource {
  view(): RolloutReading;
  /** Rejects when the store does not keep it. */
  order(
    order: OrderOrigin & { readonly order: RolloutOrderName; readonly force: boolean },
  ): Promise<
    | { readonly kind: 'done'; readonly view: RolloutReading }
    | { readonly kind: 'refused'; readonly why: string }
  >;
}
