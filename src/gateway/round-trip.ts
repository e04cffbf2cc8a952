// One request and its answer, from waiting for a connection to the last byte, under one hard deadline.
// It tells apart how a call can fail on the wire; what that means for anybody is judged in outcome.ts.
import type { Place } from '../row/row.ts';
import type { CallOptions } from './gateway.ts';
import type { Lane, Passenger } from './lane.ts';

export interface WireRequest {
  /** Such as `https://onsmqtt.cn-hangzhou.aliyuncs.com`. */
  readonly origin: string;
  /** Path with query string, percent-encoded. */
  readonly path: string;
  /** Header lines, each with its line end; `Connection` is ours. ASCII. */
  readonly head: string;
}

export interface WireAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** End-to-end headers as `[name, value, name, value …]`. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** How a call failed without a complete answer. `detail` is a code of the system or of ours, never a message. */
export interface WireFailure {
  readonly kind: 'failure';
  /** `unconnected` says that not a byte of the request was written. */
  readonly cause: 'unconnected' | 'broken' | 'timeout' | 'aborted' | 'unreadable';
  readonly detail: string;
  /** With `broken`: the connection had served before and died before the first byte of this answer. */
  readonly reusedConnection?: boolean;
}

export type WireResult = WireAnswer | WireFailure;

/** What a round trip needs of the pool that it runs in. */
export interface Pool {
  /** Takes a waiting round trip out of the queue. */
  forget(trip: RoundTrip): void;
}

export class RoundTrip implements Passenger {
  readonly bytes: string;
  /** Kept by the pool: where it waits for a lane. */
  place: Place<RoundTrip> | undefined;
  readonly #options: CallOptions;
  readonly #pool: Pool;
  readonly #done: (result: WireResult) => void;
  readonly #timer: NodeJS.Timeout;
  /** What has been sent runs on: the gateway carries it out all the same, and its token should be known. */
  readonly #onAbort = (): void => {
    if (!this.#hasDeparted) this.giveUp('aborted', 'ABORTED');
  };
  #lane: Lane | undefined;
  #hasDeparted = false;
  #settled = false;

  constructor(
    { path, head }: WireRequest,
    options: CallOptions,
    pool: Pool,
    done: (result: WireResult) => void,
  ) {
    this.bytes = `POST ${path} HTTP/1.1\r\n${head}connection: keep-alive\r\n\r\n`;
    this.#options = options;
    this.#pool = pool;
    this.#done = done;
    this.#timer = setTimeout(() => this.giveUp('timeout', 'TIMEOUT'), options.timeoutMs);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends the request over a free lane. */
  travel(lane: Lane): void {
    this.#lane = lane;
    lane.carry(this);
  }

  /** Ends the call now, wherever it is: in the queue, connecting, or under way. */
  giveUp(cause: WireFailure['cause'], detail: string): void {
    if (this.#settled) return;
    this.#settle({ kind: 'failure', cause, detail });
    if (this.#lane === undefined) this.#pool.forget(this);
    else this.#lane.destroy();
  }

  departs(): void {
    this.#hasDeparted = true;
    this.#options.onSend?.();
  }

  arrived(answer: WireAnswer): void {
    this.#settle(answer);
  }

  failed(failure: WireFailure): void {
    this.#settle(failure);
  }

  #settle(result: WireResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#done(result);
  }
}
