// A token call at the old service, from waiting for a connection to the last byte, under one hard deadline.
// The answer is collected whole and unchanged; what it says is read in tap.ts.
import { atEndOfTurn } from '../row/end-of-turn.ts';
import type { Place } from '../row/row.ts';
import type { Connection, Failure, Whole } from './connection.ts';
import type { ConnectionPool, Traveller } from './connection-pool.ts';
import type { LegacyOutcome } from './old-service.ts';

export interface CollectOptions {
  readonly method: string;
  /** All of the request. */
  readonly bytes: Buffer;
  /** Hard limit for the whole call, ms. */
  readonly timeoutMs: number;
}

/** Resolves with how the call ended; nothing of it is left then. Never rejects. */
export function collect(pool: ConnectionPool, options: CollectOptions): Promise<LegacyOutcome> {
  return new Promise((resolve) => {
    pool.admit(new TokenCall(pool, options, (outcome) => atEndOfTurn(() => resolve(outcome))));
  });
}

class TokenCall implements Traveller {
  readonly method: string;
  readonly bytes: Buffer;
  place: Place<Traveller> | undefined;
  readonly #pool: ConnectionPool;
  readonly #resolve: (outcome: LegacyOutcome) => void;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #connection: Connection | undefined;

  constructor(
    pool: ConnectionPool,
    { method, bytes, timeoutMs }: CollectOptions,
    resolve: (outcome: LegacyOutcome) => void,
  ) {
    this.#pool = pool;
    this.method = method;
    this.bytes = bytes;
    this.#resolve = resolve;
    this.#timer = setTimeout(tooLate, timeoutMs, this);
  }

  boards(connection: Connection): void {
    this.#connection = connection;
  }

  arrived({ answer }: Whole): void {
    clearTimeout(this.#timer);
    this.#resolve({ kind: 'answer', answer, durationMs: this.#durationMs() });
  }

  failed(failure: Failure): void {
    clearTimeout(this.#timer);
    this.#resolve({ ...failure, durationMs: this.#durationMs() });
  }

  giveUp(): void {
    const detail = this.#connection?.hasSent === true ? 'TIMEOUT' : 'CONNECT_TIMEOUT';
    if (this.#connection === undefined) this.#pool.forget(this);
    else this.#connection.destroy();
    this.failed({ kind: 'failure', cause: 'timeout', detail });
  }

  #durationMs(): number {
    return performance.now() - this.#startedMs;
  }
}

/** One function for all calls, in place of a closure for each. */
function tooLate(call: TokenCall): void {
  call.giveUp();
}
