// One request and its answer, from waiting for a connection to the last byte, under one hard deadline.
// It tells apart how a call can fail on the wire; what that means for anybody is judged in outcome.ts.
import { errors } from 'undici';
import type { Dispatcher } from 'undici';
import type { CallOptions } from './gateway.ts';
import type { Lane } from './lane.ts';

export interface WireRequest {
  /** Such as `https://onsmqtt.cn-hangzhou.aliyuncs.com`. */
  readonly origin: string;
  /** Path with query string, percent-encoded. */
  readonly path: string;
  readonly method: 'POST';
  /** `[name, value, name, value …]` */
  readonly headers: string[];
}

export interface WireAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
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
  /** The lane is done with its request; after a failure it is `spent`. */
  release(lane: Lane, state: 'usable' | 'spent'): void;
}

export interface Journey {
  readonly request: WireRequest;
  readonly options: CallOptions;
  readonly answerBytes: number;
  readonly done: (result: WireResult) => void;
}

const detailPattern = /^[A-Z0-9_]{1,64}$/;

export class RoundTrip implements Dispatcher.DispatchHandler {
  readonly #journey: Journey;
  readonly #pool: Pool;
  readonly #timer: NodeJS.Timeout;
  /** What has been sent runs on: the gateway carries it out all the same, and its token should be known. */
  readonly #onAbort = (): void => {
    if (this.#controller === undefined) this.giveUp('aborted', 'ABORTED');
  };
  #lane: Lane | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #reused = false;
  #answering = false;
  #settled = false;
  #status = 0;
  #headers: WireAnswer['headers'] = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(journey: Journey, pool: Pool) {
    const { timeoutMs, signal } = journey.options;
    this.#journey = journey;
    this.#pool = pool;
    this.#timer = setTimeout(() => this.giveUp('timeout', 'TIMEOUT'), timeoutMs);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends the request over a free lane. */
  travel(lane: Lane): void {
    this.#lane = lane;
    const { path, method, headers } = this.#journey.request;
    lane.dispatch({ path, method, headers }, this);
  }

  /** Ends the call now, wherever it is: in the queue, connecting, or under way. */
  giveUp(cause: WireFailure['cause'], detail: string): void {
    if (this.#settled) return;
    this.#settle({ kind: 'failure', cause, detail });
    if (this.#lane === undefined) this.#pool.forget(this);
    else if (this.#controller === undefined) void this.#lane.destroy();
    else this.#controller.abort(new Error(detail));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#journey.options.onSend?.();
    this.#reused = this.#lane?.startServing() ?? false;
  }

  /** The first byte of an answer; headers may never follow. */
  onResponseStarted(): void {
    this.#answering = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: WireAnswer['headers'],
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (Number(headers['content-length'] ?? 0) > this.#journey.answerBytes) this.#refuseSize();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#journey.answerBytes) this.#refuseSize();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#settle({
      kind: 'answer',
      status: this.#status,
      headers: this.#headers,
      body: bytes.toString('utf8'),
    });
    this.#leaveLane('usable');
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (!this.#settled) this.#settle(this.#failureOf(error));
    this.#leaveLane('spent');
  }

  #refuseSize(): void {
    this.#chunks = [];
    this.giveUp('unreadable', 'ANSWER_TOO_LARGE');
  }

  #failureOf(error: Error): WireFailure {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const detail = detailPattern.test(code) ? code : 'UNKNOWN';
    // undici calls onRequestStart right before it writes: no start, no byte sent.
    if (this.#controller === undefined) return { kind: 'failure', cause: 'unconnected', detail };
    if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
      return { kind: 'failure', cause: 'unreadable', detail };
    }
    return {
      kind: 'failure',
      cause: 'broken',
      detail,
      reusedConnection: this.#reused && !this.#answering,
    };
  }

  #settle(result: WireResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#journey.options.signal?.removeEventListener('abort', this.#onAbort);
    this.#journey.done(result);
  }

  #leaveLane(state: 'usable' | 'spent'): void {
    const lane = this.#lane;
    this.#lane = undefined;
    if (lane !== undefined) this.#pool.release(lane, state);
  }
}
