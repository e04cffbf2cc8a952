// The lanes of one action by account. Those that nothing happens in are thrown away now and then, without a timer, so that
// accounts that come and go leave nothing behind.
import { Lane } from './lane.ts';

/** What is known of an account matters for this long after its last call, ms: it is not warned of twice in that time. */
export const restMs = 60_000;
/** Lanes are looked through when there are this many, and then at each doubling of those in use. */
const keptAtRest = 64;

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  #sweepAt = keptAtRest;

  /** The account's lane, which is in use from now on. */
  of(account: string, nowMs: number): Lane {
    let lane = this.#lanes.get(account);
    if (lane === undefined) {
      if (this.#lanes.size >= this.#sweepAt) this.#sweep(nowMs);
      lane = new Lane(account);
      this.#lanes.set(account, lane);
    }
    lane.lastUsedMs = nowMs;
    return lane;
  }

  find(account: string): Lane | undefined {
    return this.#lanes.get(account);
  }

  all(): Iterable<Lane> {
    return this.#lanes.values();
  }

  #sweep(nowMs: number): void {
    for (const [account, lane] of this.#lanes) {
      const isInUse = lane.length > 0 || lane.asked > 0 || lane.hold !== undefined;
      if (!isInUse && nowMs - lane.lastUsedMs > restMs) this.#lanes.delete(account);
    }
    this.#sweepAt = Math.max(keptAtRest, this.#lanes.size * 2);
  }
}
