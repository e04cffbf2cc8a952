// What a rollout can be told, and what it can decide. Types only.
import type { RolloutChange } from './change.ts';
import type { Status } from './status.ts';
import type { Failure } from './verdict.ts';

export const orderNames = ['start', 'pause', 'resume', 'promote', 'abort'] as const;
export type OrderName = (typeof orderNames)[number];

/** What an operator wants. */
export interface Order {
  readonly order: OrderName;
  /** Name of the admin token, or `admin` where there are none. */
  readonly by: string;
  readonly reason?: string;
  /**
   * start: within the cool-down, and into quotas that do not fit; resume, promote: into quotas that do not fit;
   * abort: although the old service does not answer. Nothing raises the weight while the breaker is open.
   */
  readonly force: boolean;
}

export type RolloutEvent =
  | ({ readonly kind: 'order' } & Order)
  /** Time has passed: only whoever drives the rollout is told. */
  | { readonly kind: 'tick' }
  /** A guard of any replica found that the gateway fails, by the evidence of this run. */
  | { readonly kind: 'tripped'; readonly run: number; readonly failure: Failure };

/** What the dial is told. */
export type DialOrder =
  /** To be carried out only on the dial of this version: whoever has turned it since knows better. */
  | { readonly kind: 'weight'; readonly gatewayPercent: number; readonly ifVersion: number }
  /** Weight 0 above every override, at once. */
  | { readonly kind: 'all-back' };

export type Decision =
  /** An order that cannot be carried out; why, for people. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'moved';
      /** To be kept before the weight is raised, and after it was set to 0. */
      readonly status: Status;
      readonly change: RolloutChange;
      readonly dial?: DialOrder;
    };
