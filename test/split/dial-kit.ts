// What the tests of the dial share: arbitrary orders, and a store that can be made to fail.
import fc from 'fast-check';
import type { DialOrder } from '../../src/split/dial-state.ts';
import type { DialStore } from '../../src/split/stored-dial.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { StoreError } from '../../src/store/store.ts';

/** Percent with two decimals. */
export const percents = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

export const orders: fc.Arbitrary<DialOrder> = fc.oneof(
  fc.record({ kind: fc.constant('weight' as const), gatewayPercent: percents }, { noNullPrototype: true }),
  fc.record(
    {
      kind: fc.constant('account' as const),
      account: fc.constantFrom('shop', 'other', 'constructor', '__proto__'),
      gatewayPercent: fc.option(percents),
    },
    { noNullPrototype: true },
  ),
  fc.constant({ kind: 'all-back' as const }),
  fc.record({ kind: fc.constant('file' as const), gatewayPercent: percents }, { noNullPrototype: true }),
);

/** A memory store whose documents can be read and written, or only read, or neither. */
export function moodyStore() {
  const memory = createMemoryStore({ now: Date.now });
  let mood: 'well' | 'full' | 'gone' = 'well';
  const read = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (mood === 'gone') throw new StoreError('connection refused');
    return work();
  };
  const store: DialStore = {
    readDocument: (name) => read(() => memory.readDocument(name)),
    readHistory: (most) => read(() => memory.readHistory(most)),
    writeDocument: (...write) =>
      read(async () => {
        if (mood === 'full') throw new StoreError('no space left on device');
        return memory.writeDocument(...write);
      }),
    onDocument: (name, listener) => memory.onDocument(name, listener),
  };
  return { store, memory, be: (next: typeof mood) => void (mood = next) };
}
