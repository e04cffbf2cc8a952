// HTTP towards the gateway: one set of bounded keep-alive connections for the whole process, shared by all gateways.
// Knows no action and no signature, follows no redirect and retries nothing: it says how a call ended.
import { atEndOfTurn } from '../row/end-of-turn.ts';
import { createConnector } from './connector.ts';
import type { CallOptions } from './gateway.ts';
import { LanePool } from './lane-pool.ts';
import { RoundTrip } from './round-trip.ts';
import type { WireRequest, WireResult } from './round-trip.ts';

export interface TransportLimits {
  /** Connections to one origin, each with one call at a time. 64 carry 300 calls/s at 200 ms each. */
  readonly connectionsPerOrigin: number;
  /** Calls that may wait for a connection; one more fails as `unconnected`. */
  readonly waitingPerOrigin: number;
  /** Name lookup, TCP and TLS handshake, ms. Leaves room for one repeated SYN (sent after 1 s). */
  readonly connectTimeoutMs: number;
  /** Below the 5 s after which Node's own server closes; others keep idle connections longer. */
  readonly keepAliveMs: number;
  /** Where the server announces longer, ms. */
  readonly keepAliveAtMostMs: number;
  /** Longest answer; what is longer is cut off and `unreadable`. Bytes. */
  readonly answerBytes: number;
  /** PEM certificates that replace the trusted roots. */
  readonly ca?: string;
}

export const defaultLimits: TransportLimits = {
  connectionsPerOrigin: 64,
  waitingPerOrigin: 2_048,
  connectTimeoutMs: 1_500,
  keepAliveMs: 4_000,
  keepAliveAtMostMs: 30_000,
  answerBytes: 64 * 1_024,
};

export interface Transport {
  /**
   * Sends one request and reads its answer. Never rejects; leaves no timer, no listener and no half-read answer.
   * @param options `timeoutMs` is a hard limit over waiting, connecting, headers and body
   */
  send(request: WireRequest, options: CallOptions): Promise<WireResult>;
  /** Takes no new call, waits for those under way, closes the connections. */
  close(): Promise<void>;
  /** Takes no new call, ends those under way as `aborted`, drops the connections. */
  destroy(): Promise<void>;
}

/** @param limits what differs from {@link defaultLimits} */
export function createTransport(limits: Partial<TransportLimits> = {}): Transport {
  const settings = { ...defaultLimits, ...limits };
  // One entry per configured endpoint, never per call.
  const pools = new Map<string, LanePool>();
  let closed = false;

  const poolOf = (origin: string): LanePool => {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new LanePool(origin, createConnector(settings), settings);
    pools.set(origin, pool);
    return pool;
  };

  return {
    send: (request, options) =>
      new Promise((done) => {
        if (options.signal?.aborted === true) return done(failure('aborted', 'ABORTED'));
        if (closed) return done(failure('unconnected', 'CLOSED'));
        const pool = poolOf(request.origin);
        pool.admit(new RoundTrip(request, options, pool, (result) => atEndOfTurn(() => done(result))));
      }),
    close: async () => {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await everybodyTold();
    },
    destroy: async () => {
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      await everybodyTold();
    },
  };
}

/** How calls ended is told at the end of a turn, in order. */
const everybodyTold = () => new Promise<void>(atEndOfTurn);

function failure(cause: 'aborted' | 'unconnected', detail: string): WireResult {
  return { kind: 'failure', cause, detail };
}
