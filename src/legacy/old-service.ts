// The seam to an old service: what is handed to it and what comes back, byte for byte.
// Says nothing of splitting or falling back; whoever calls decides.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Longest answer that is passed on, bytes. */
export const maximumAnswerBytes = 2 * 1024 * 1024;

/** The whole answer of an old service to one token call, unchanged. */
export interface LegacyAnswer {
  readonly status: number;
  readonly statusMessage: string;
  /** End-to-end headers as `[name, value, name, value …]`, spelling and order as received. */
  readonly rawHeaders: readonly string[];
  /** As received: still compressed, if it was. */
  readonly body: Buffer;
}

/**
 * How a call to an old service ended. `unconnected`: nothing was sent; `broken`: the connection died underway;
 * `timeout`: no whole answer in time; `unreadable`: an answer too large or malformed to be passed on.
 */
export type LegacyOutcome =
  | { readonly kind: 'answer'; readonly answer: LegacyAnswer; readonly durationMs: number }
  | {
      readonly kind: 'failure';
      readonly cause: 'unconnected' | 'broken' | 'timeout' | 'unreadable';
      /** A system code or one of ours in the same style, never a message, address or URL. */
      readonly detail: string;
      readonly durationMs: number;
      /** The request was sent over an idle connection that died before the first byte of an answer. */
      readonly reusedConnection?: boolean;
    };

export interface ForwardOptions {
  /** Base address of the old service, from the configuration only; without a trailing slash. */
  readonly baseUrl: string;
  /** Hard limit for the whole call, ms. */
  readonly timeoutMs: number;
}

export interface OldService {
  /**
   * Hands a token call on: method, target, body and end-to-end headers as they came. Never rejects; the response of
   * `request` is left alone.
   * @param body all of the request's body, collected before
   */
  forward(request: IncomingMessage, body: Buffer, options: ForwardOptions): Promise<LegacyOutcome>;
  /**
   * Streams any other request through and answers it. The body has not been read.
   * @param headers of ours, added to the answer
   */
  pass(
    request: IncomingMessage,
    response: ServerResponse,
    options: ForwardOptions & { readonly headers: Readonly<Record<string, string>> },
  ): void;
  /** Waits for nothing: idle connections are closed, those in use when their call ends. */
  close(): Promise<void>;
}
