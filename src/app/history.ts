// The history of changes as it is shown: those of the dial and those of the rollout in one list.
// Both are kept in one store, each in its own words; nothing is written here.
import { decodeChange } from '../rollout/change.ts';
import type { HistoryChange } from '../admin/sources.ts';
import type { Dial } from '../split/dial.ts';
import type { Store } from '../store/store.ts';

/** A transition and its turn of the dial are kept within this time, ms; a store that is down for longer shows both. */
const sameMs = 10_000;
/** More entries than any store keeps. */
const wholeHistory = 1_000_000;

/**
 * @param most entries wanted
 * @returns newest first. Rejects when the store cannot be read
 */
export async function readHistory(
  { dial, store }: { readonly dial: Pick<Dial, 'history'>; readonly store: Pick<Store, 'readHistory'> },
  most: number,
): Promise<HistoryChange[]> {
  const [turns, texts] = await Promise.all([dial.history(wholeHistory), store.readHistory(wholeHistory)]);
  const moves = texts.flatMap((text) => decodeChange(text) ?? []);
  // A rollout tells of its orders itself, with the evidence; unless its process died between the two.
  const isTold = ({ by, to, atMs }: HistoryChange): boolean =>
    by === 'rollout' && moves.some((move) => move.to === to && Math.abs(move.atMs - atMs) < sameMs);
  const others = turns.filter((turn) => !isTold(turn));
  return [...moves, ...others].sort((one, other) => other.atMs - one.atMs).slice(0, most);
}
