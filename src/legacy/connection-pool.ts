// The connections to one old service: a bounded number, kept while they are used, and a queue of calls that wait for one.
// Bounded by the calls' own time: each leaves the queue when it is over.
import { Row, type Place } from '../row/row.ts';
import { Connection, type ConnectionOptions, type Passenger } from './connection.ts';

/** A call that the pool finds a connection for. */
export interface Traveller extends Passenger {
  /** Kept by the pool: where it waits for a connection. */
  place: Place<Traveller> | undefined;
  /** Told which connection carries it. */
  boards(connection: Connection): void;
}

export interface ConnectionPoolOptions extends Pick<ConnectionOptions, 'base' | 'ca' | 'idleMs'> {
  readonly maxSockets: number;
}

export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #all = new Set<Connection>();
  /** Used last, taken first: what is not needed idles out. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Row<Traveller>();
  #session: Buffer | undefined;
  #isClosed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** Sends the call now, or once a connection is free. */
  admit(traveller: Traveller): void {
    const connection = this.#idle.pop() ?? this.#open();
    if (connection === undefined) traveller.place = this.#waiting.join(traveller);
    else send(traveller, connection);
  }

  /** Takes a waiting call out of the queue. */
  forget(traveller: Traveller): void {
    traveller.place?.leave();
  }

  /** Closes idle connections now, those in use when nobody needs them any more. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #open(): Connection | undefined {
    if (this.#all.size >= this.#options.maxSockets) return undefined;
    const connection = new Connection({
      ...this.#options,
      session: this.#session,
      onSession: (session) => (this.#session = session),
      onFree: (free, state) => this.#freed(free, state),
    });
    this.#all.add(connection);
    return connection;
  }

  #freed(connection: Connection, state: 'usable' | 'gone'): void {
    if (state === 'gone') {
      this.#all.delete(connection);
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
    }
    const next = this.#waiting.first;
    if (next === undefined) {
      if (state === 'gone') return;
      if (this.#isClosed) connection.destroy();
      else this.#idle.push(connection);
      return;
    }
    const carrier = state === 'usable' ? connection : this.#open();
    if (carrier === undefined) return;
    next.leave();
    send(next.item, carrier);
  }
}

function send(traveller: Traveller, connection: Connection): void {
  traveller.boards(connection);
  connection.carry(traveller);
}
