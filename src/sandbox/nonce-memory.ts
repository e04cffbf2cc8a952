// Remembers which nonces were used, for as long as a request that carries one could still be accepted.

// A request is accepted 15 minutes before and after its date, so a replay can come up to 30 minutes later.
const keepMs = 30 * 60_000;

/** Used nonces, bounded in time and number: past `capacity` the oldest is forgotten. */
export class NonceMemory {
  readonly #used = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
  }

  /** @returns whether the nonce was fresh; it no longer is afterwards */
  use(nonce: string, nowMs: number): boolean {
    this.#forgetBefore(nowMs - keepMs);
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, nowMs);
    return true;
  }

  #forgetBefore(momentMs: number): void {
    for (const [nonce, usedAtMs] of this.#used) {
      if (usedAtMs >= momentMs && this.#used.size < this.#capacity) return;
      this.#used.delete(nonce);
    }
  }
}
