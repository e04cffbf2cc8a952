// One undici client with at most one connection, carrying one request at a time. It knows whether its connection has
// served before, which undici does not tell and which decides whether a retry is safe.
import type { Socket } from 'node:net';
import { Client } from 'undici';
import type { Dispatcher } from 'undici';
import type { Connector } from './connector.ts';

export interface LaneLimits {
  /** How long an idle connection is kept when the server announces nothing, ms. */
  readonly keepAliveMs: number;
  /** The same where the server announces longer, ms. */
  readonly keepAliveAtMostMs: number;
}

/** One connection's worth of a pool. */
export class Lane {
  readonly #client: Client;
  #socket: Socket | undefined;
  #served = 0;

  constructor(origin: string, connect: Connector, limits: LaneLimits) {
    this.#client = new Client(origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveAtMostMs,
      keepAliveTimeoutThreshold: 1_000,
      connect: (destination, callback) => {
        this.#served = 0;
        this.#socket = connect(destination, callback);
      },
    });
  }

  /** Queues the request at the client, which connects first where it must. The handler hears of every failure. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#client.dispatch(request, handler);
  }

  /**
   * To be called when the request is about to be written.
   * @returns whether the connection has carried a request before
   */
  startServing(): boolean {
    this.#served += 1;
    return this.#served > 1;
  }

  /** Closes the connection once it is idle. */
  close(): Promise<void> {
    return this.#client.destroyed ? Promise.resolve() : this.#client.close();
  }

  /** Drops the connection now, half-open ones too; a request under way fails. */
  destroy(): Promise<void> {
    const gone = this.#client.destroy();
    this.#socket?.destroy(new Error('dropped'));
    return gone;
  }
}
