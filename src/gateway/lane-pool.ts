// The connections to one origin: a bounded number of lanes, and a bounded queue in front of them, first come first
// served. The queue is ours rather than undici's because a call that gives up must be able to leave it.
import type { Connector } from './connector.ts';
import { Lane } from './lane.ts';
import type { LaneLimits } from './lane.ts';
import type { Pool, RoundTrip } from './round-trip.ts';

export interface LanePoolLimits extends LaneLimits {
  readonly connectionsPerOrigin: number;
  /** Calls that may wait for a connection. */
  readonly waitingPerOrigin: number;
}

export class LanePool implements Pool {
  readonly #open: () => Lane;
  readonly #limits: LanePoolLimits;
  readonly #lanes = new Set<Lane>();
  /** Used last, taken first: what is not needed idles out. */
  readonly #idle: Lane[] = [];
  readonly #waiting = new Set<RoundTrip>();
  readonly #busy = new Map<Lane, RoundTrip>();
  readonly #leaving = new Set<Promise<void>>();
  #whenIdle: (() => void)[] = [];

  constructor(origin: string, connect: Connector, limits: LanePoolLimits) {
    this.#open = () => new Lane(origin, connect, limits);
    this.#limits = limits;
  }

  /** Sends the call now, later, or never: then the call hears of it. */
  admit(trip: RoundTrip): void {
    const lane = this.#take();
    if (lane !== undefined) {
      this.#busy.set(lane, trip);
      trip.travel(lane);
    } else if (this.#waiting.size < this.#limits.waitingPerOrigin) {
      this.#waiting.add(trip);
    } else {
      trip.giveUp('unconnected', 'TOO_MANY_CALLS');
    }
  }

  forget(trip: RoundTrip): void {
    this.#waiting.delete(trip);
    this.#tellIdle();
  }

  release(lane: Lane, state: 'usable' | 'spent'): void {
    this.#busy.delete(lane);
    // undici must not be handed a new request from within its report of a failure: a new lane takes it.
    if (state === 'spent') this.#drop(lane);
    else this.#idle.push(lane);
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#tellIdle();
    } else {
      this.#waiting.delete(next);
      this.admit(next);
    }
  }

  /** Waits for every call, waiting ones too, then closes the connections. */
  async close(): Promise<void> {
    if (this.#busy.size + this.#waiting.size > 0) {
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    }
    await Promise.all([...this.#lanes].map((lane) => lane.close()));
    await Promise.all(this.#leaving);
  }

  /** Ends every call as `aborted` and drops the connections. */
  async destroy(): Promise<void> {
    for (const trip of [...this.#waiting, ...this.#busy.values()]) trip.giveUp('aborted', 'CLOSED');
    await Promise.all([...this.#lanes].map((lane) => lane.destroy()));
    await Promise.all(this.#leaving);
  }

  #take(): Lane | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#lanes.size >= this.#limits.connectionsPerOrigin) return idle;
    const lane = this.#open();
    this.#lanes.add(lane);
    return lane;
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane);
    const gone = lane.destroy();
    this.#leaving.add(gone);
    void gone.finally(() => this.#leaving.delete(gone));
  }

  #tellIdle(): void {
    if (this.#busy.size + this.#waiting.size > 0) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }
}
