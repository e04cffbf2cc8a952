// The largest number told within the last ten minutes or a little more; while nothing is told, none grows old.

const periodMs = 600_000;

export class LargestLately {
  #current = 0;
  #before = 0;
  #sinceMs = -Infinity;

  note(size: number, nowMs: number): void {
    if (nowMs - this.#sinceMs >= periodMs) {
      this.#before = this.#current;
      this.#current = size;
      this.#sinceMs = nowMs;
    }
    this.#current = Math.max(this.#current, size);
  }

  /** 0 when nothing was told yet. */
  get value(): number {
    return Math.max(this.#current, this.#before);
  }
}
