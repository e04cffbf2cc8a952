// The history of changes as it is shown: those of the dial and those of the rollout in one list.
// Both are kept in one store, each in its own words; nothing is written here.
import { decodeChange } from '../rollout/change.ts';
import type { HistoryChange } from '../admin/sources.ts';
import type { Dial } from '../split/dial.ts';
import type { Store } from '../store/store.ts';

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
  // A rollout tells of its orders itself, with the evidence.
  const others = turns.filter(({ by }) => by !== 'rollout');
  return [...moves, ...others].sort((one, other) => other.atMs - one.atMs).slice(0, most);
}
