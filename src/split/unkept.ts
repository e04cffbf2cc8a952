// Orders that are in force before they are kept: what they are, and what the history says of them meanwhile. Pure.
import {
  describeTurn,
  turn,
  type DialChange,
  type DialOrder,
  type DialOrigin,
  type DialState,
} from './dial-state.ts';

export interface Unkept {
  /** Its place among all orders given to this process. */
  readonly number: number;
  readonly order: DialOrder;
  readonly origin: DialOrigin & { readonly atMs: number };
}

export function isSameOrder(one: DialOrder, other: DialOrder): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @param kept the state that the orders are on top of
 * @returns what they change, newest first
 */
export function unkeptChanges(kept: DialState, unkept: readonly Unkept[]): DialChange[] {
  let before = kept;
  return unkept
    .flatMap(({ order, origin }) => {
      const after = turn(before, order);
      const change = after === before ? [] : [describeTurn(before, after, order, origin)];
      before = after;
      return change;
    })
    .reverse();
}
