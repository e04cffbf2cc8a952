// The seam to the new gateway (product OnsMqtt, version 2020-04-20): three calls and the classes of their outcomes.
// It has never heard of the old protocol, and knows no policy: quota, retry and breaker wrap it from outside.

export type GatewayAction = 'ApplyToken' | 'RevokeToken' | 'QueryToken';

export interface ApplyTokenRequest {
  readonly instanceId: string;
  readonly actions: 'R' | 'W' | 'R,W';
  /** At most 100 topics, sorted alphabetically (PROTOCOL section 2). */
  readonly resources: readonly string[];
  /** Absolute, ms since epoch; the gateway cuts silently at 30 days ahead. */
  readonly expireTimeMs: number;
}

/** Names a token at the instance that it was issued for. */
export interface TokenRequest {
  readonly instanceId: string;
  readonly token: string;
}

/** What calls are given up by: as much of an `AbortSignal` as is used, and an `AbortSignal` is one. */
export interface GiveUpSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface CallOptions {
  /** Hard limit for the whole call, connecting included, ms. */
  readonly timeoutMs: number;
  /** Nobody waits for the answer any more: a call that has not been sent yet is given up, a sent one runs on. */
  readonly signal?: GiveUpSignal;
  /** Called right before the first byte of the request is written; never called for a call that was not sent. */
  readonly onSend?: () => void;
}

/** Outcome classes, shared by both backends: only `fault` counts against a backend. */
export type OutcomeClass = 'ok' | 'rejected' | 'denied' | 'throttled' | 'fault';

/**
 * How a call that did not succeed ended on the wire.
 * `answered`: the gateway said so; `unreadable`: an answer came that makes no sense; `timeout`: `timeoutMs` passed;
 * `unconnected`: no connection was established, so the gateway saw nothing; `broken`: the connection died underway;
 * `aborted`: the caller's signal; `credentials`: no credentials could be had, nothing was sent;
 * `quota`: its turn would have come too late; `circuit`: the breaker is open. With both the gateway was not asked.
 */
export type FailureCause =
  | 'answered'
  | 'unreadable'
  | 'timeout'
  | 'unconnected'
  | 'broken'
  | 'aborted'
  | 'credentials'
  | 'quota'
  | 'circuit';

export interface GatewayFailure {
  readonly class: Exclude<OutcomeClass, 'ok'>;
  readonly cause: FailureCause;
  /** The gateway's `Code`, or a code of ours in the same style (`RequestTimeout`, `ConnectionRefused` …). */
  readonly code: string;
  /** Safe to log and to show: holds no token, secret, signature or URL. */
  readonly message: string;
  readonly requestId?: string;
  readonly httpStatus?: number;
  /** Whether a try was sent over an idle connection that died before the first byte of an answer. */
  readonly reusedConnection?: boolean;
  /** After how long another try is worth while, ms, where that is known. */
  readonly retryAfterMs?: number;
  /** Of a time-out: so little time was left that it says nothing of the gateway. */
  readonly inHaste?: true;
}

export type GatewayOutcome<Value> =
  { readonly class: 'ok'; readonly value: Value; readonly requestId: string | undefined } | GatewayFailure;

/**
 * One account's way to one gateway endpoint. Never throws and never rejects: failures are outcomes.
 * `Options` is what a caller says of its patience; policies that wrap a gateway ask for more than the gateway itself.
 */
export interface Gateway<Options = CallOptions> {
  /** Mints a token; each success is billed. */
  apply(request: ApplyTokenRequest, options: Options): Promise<GatewayOutcome<{ token: string }>>;
  revoke(request: TokenRequest, options: Options): Promise<GatewayOutcome<object>>;
  /** `valid` is all that the gateway tells: not why a token is bad. */
  query(request: TokenRequest, options: Options): Promise<GatewayOutcome<{ valid: boolean }>>;
  /** Closes idle connections and waits for calls in flight. */
  close(): Promise<void>;
}
