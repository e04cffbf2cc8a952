// The connections to one origin: a bounded number of lanes, and a bounded queue in front of them, first come first
// served. A call that gives up leaves the queue, or takes its connection with it.
import { isIP } from 'node:net';
import { Row } from '../row/row.ts';
import type { Connector, Destination } from './connector.ts';
import { Lane } from './lane.ts';
import type { LaneLimits, LaneState } from './lane.ts';
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
  readonly #waiting = new Row<RoundTrip>();
  readonly #leaving = new Set<Promise<void>>();
  #whenIdle: (() => void)[] = [];

  constructor(origin: string, connect: Connector, limits: LanePoolLimits) {
    const destination = destinationOf(origin);
    const freed = (lane: Lane, state: LaneState): void => this.#freed(lane, state);
    this.#open = () => new Lane(destination, connect, limits, freed);
    this.#limits = limits;
  }

  /** Sends the call now, later, or never: then the call hears of it. */
  admit(trip: RoundTrip): void {
    const lane = this.#waiting.size === 0 ? this.#take() : undefined;
    if (lane !== undefined) trip.travel(lane);
    else if (this.#waiting.size < this.#limits.waitingPerOrigin) trip.place = this.#waiting.join(trip);
    else trip.giveUp('unconnected', 'TOO_MANY_CALLS');
  }

  forget(trip: RoundTrip): void {
    trip.place?.leave();
    this.#tellIdle();
  }

  /** Waits for every call, waiting ones too, then closes the connections. */
  async close(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.#drop();
  }

  /** Ends every call as `aborted` and drops the connections. */
  async destroy(): Promise<void> {
    for (const trip of this.#waiting) trip.giveUp('aborted', 'CLOSED');
    for (const lane of this.#lanes) lane.passenger?.giveUp('aborted', 'CLOSED');
    await this.#drop();
  }

  async #drop(): Promise<void> {
    for (const lane of this.#lanes) lane.destroy();
    await Promise.all(this.#leaving);
  }

  #freed(lane: Lane, state: LaneState): void {
    if (state === 'usable') this.#idle.push(lane);
    else this.#forgetLane(lane);
    if (this.#waiting.size === 0) this.#tellIdle();
    else this.#sendWaiting();
  }

  #forgetLane(lane: Lane): void {
    this.#lanes.delete(lane);
    const at = this.#idle.indexOf(lane);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#leaving.add(lane.closed);
    void lane.closed.then(() => this.#leaving.delete(lane.closed));
  }

  #sendWaiting(): void {
    for (let place = this.#waiting.first; place !== undefined; place = this.#waiting.first) {
      const lane = this.#take();
      if (lane === undefined) return;
      place.leave();
      place.item.travel(lane);
    }
  }

  #take(): Lane | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#lanes.size >= this.#limits.connectionsPerOrigin) return idle;
    const lane = this.#open();
    this.#lanes.add(lane);
    return lane;
  }

  #isIdle(): boolean {
    return this.#lanes.size === this.#idle.length && this.#waiting.size === 0;
  }

  #tellIdle(): void {
    if (!this.#isIdle()) return;
    const listeners = this.#whenIdle;
    this.#whenIdle = [];
    for (const listener of listeners) listener();
  }
}

function destinationOf(origin: string): Destination {
  const { protocol, hostname: inUrl, port } = new URL(origin);
  // An IPv6 address stands in brackets in a URL only.
  const hostname = inUrl.replace(/^\[|\]$/g, '');
  return { protocol, hostname, port, servername: isIP(hostname) === 0 ? hostname : '' };
}
