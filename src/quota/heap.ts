// A binary heap whose entries know their place in it, so that any of them can be taken out without a search.
// An entry is in one heap at a time, and what orders it must not change while it is in there.

export interface HeapEntry {
  /** Kept by the heap; -1 outside of one. */
  place: number;
}

export class Heap<Entry extends HeapEntry> {
  readonly #isBefore: (one: Entry, other: Entry) => boolean;
  readonly #entries: Entry[] = [];

  constructor(isBefore: (one: Entry, other: Entry) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#entries.length;
  }

  has(entry: Entry): boolean {
    return this.#entries[entry.place] === entry;
  }

  peek(): Entry | undefined {
    return this.#entries[0];
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#rise(entry, this.#entries.length - 1);
  }

  pop(): Entry | undefined {
    const first = this.#entries[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Does nothing with an entry that is in no heap. */
  remove(entry: Entry): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #put(entry: Entry, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }

  #rise(entry: Entry, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#entries[above];
      if (parent === undefined || !this.#isBefore(entry, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry, from: number): void {
    let place = from;
    for (;;) {
      let below = place * 2 + 1;
      let child = this.#entries[below];
      const other = this.#entries[below + 1];
      if (child !== undefined && other !== undefined && this.#isBefore(other, child)) {
        child = other;
        below += 1;
      }
      if (child === undefined || !this.#isBefore(child, entry)) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(entry, place);
  }
}
