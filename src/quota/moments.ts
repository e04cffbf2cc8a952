// Moments in the order in which they came, in a ring: noting one allocates nothing once the ring has its size.
// What a moment stands for, and how long it matters, is for whoever keeps them.

const smallest = 8;

export class Moments {
  /** Its length is a power of two, so that a mask replaces the division. */
  #ring = new Float64Array(smallest);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param ms not before the moment noted last */
  push(ms: number): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#size) & (this.#ring.length - 1)] = ms;
    this.#size += 1;
  }

  /** @param index 0 is the oldest, `size - 1` the newest */
  at(index: number): number {
    return this.#ring[(this.#first + index) & (this.#ring.length - 1)] ?? 0;
  }

  /** Forgets what was at `ms` or before. */
  dropUpTo(ms: number): void {
    while (this.#size > 0 && this.at(0) <= ms) {
      this.#first = (this.#first + 1) & (this.#ring.length - 1);
      this.#size -= 1;
    }
  }

  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2);
    for (let index = 0; index < this.#size; index += 1) larger[index] = this.at(index);
    this.#ring = larger;
    this.#first = 0;
  }
}
