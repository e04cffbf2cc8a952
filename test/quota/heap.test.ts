import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Heap, type HeapEntry } from '../../src/quota/heap.ts';

interface Entry extends HeapEntry {
  readonly value: number;
}

const entry = (value: number): Entry => ({ value, place: -1 });
const heapOf = () => new Heap<Entry>((one, other) => one.value < other.value);

describe('a heap whose entries know their place', () => {
  it('gives out the same as a sorted list, entries taken out of the middle included', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('push' as const), value: fc.nat(50) }),
      fc.record({ what: fc.constant('pop' as const), value: fc.constant(0) }),
      fc.record({ what: fc.constant('remove' as const), value: fc.nat(1_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = heapOf();
        const list: Entry[] = [];
        for (const { what, value } of steps) {
          if (what === 'push') {
            list.push(entry(value));
            heap.push(list.at(-1) ?? entry(0));
          } else if (what === 'pop') {
            const popped = heap.pop();
            assert.equal(popped?.value, list.map((one) => one.value).toSorted((a, b) => a - b)[0]);
            if (popped !== undefined) list.splice(list.indexOf(popped), 1);
          } else if (list.length > 0) {
            const [removed] = list.splice(value % list.length, 1);
            if (removed !== undefined) heap.remove(removed);
          }
          assert.equal(heap.size, list.length);
          assert.ok(list.every((one) => heap.has(one)));
        }
        const rest = Array.from({ length: heap.size }, () => heap.pop()?.value);
        assert.deepEqual(
          rest,
          list.map((one) => one.value).toSorted((a, b) => a - b),
        );
      }),
    );
  });

  it('knows what is not in it, and leaves it alone', () => {
    const [heap, other] = [heapOf(), heapOf()];
    const [inside, outside, elsewhere] = [entry(1), entry(2), entry(3)];
    heap.push(inside);
    other.push(elsewhere);
    heap.remove(outside);
    assert.deepEqual(
      [inside, outside, elsewhere].map((one) => heap.has(one)),
      [true, false, false],
    );
    assert.equal(heap.pop(), inside);
    assert.equal(heap.pop(), undefined);
    assert.equal(inside.place, -1);
  });
});
