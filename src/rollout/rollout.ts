// The seam of the rollout: what the rest of the house sees of it. How it is driven is in controller.ts.
import type { Order } from './decision.ts';
import type { Backend, JudgedClass } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { RolloutView } from './view.ts';

export type OrderAnswer =
  | { readonly kind: 'done'; readonly view: RolloutView }
  /** It cannot be carried out; why, for people. */
  | { readonly kind: 'refused'; readonly why: string };

export interface Rollout {
  view(): RolloutView;
  /** One first choice of an apply call, before any fallback hides it. Cheap; an abort is in force when it returns. */
  outcome(backend: Backend, outcome: JudgedClass): void;
  /** Rejects when the store does not keep it; an abort never does. */
  order(order: Order): Promise<OrderAnswer>;
  /** Another plan from now on: a rollout that is under way goes on at the step of the same weight. */
  configure(plan: Plan): void;
  /** Looks at the facts, and moves on if it is this replica's turn. Never rejects; to be called about once a second. */
  tick(): Promise<void>;
  /** Tries once more to keep what is not kept, and lets another replica drive. */
  close(): Promise<void>;
}
