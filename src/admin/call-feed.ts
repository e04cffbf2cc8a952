// Hands each answered call to whoever listens just now: the middle of `GET /api/calls`. Keeps nothing, and asks for a
// call's description only while somebody listens. How it travels is call-stream.ts's affair.

/** One answered call as the stream shows it. Holds no secret, signature or token. */
export interface CallEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly requestId: string;
  readonly route: 'apply' | 'revoke' | 'query';
  readonly account?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly bucket?: number | undefined;
  readonly gatewayPercent?: number | undefined;
  /** Who gave the answer. */
  readonly backend: 'legacy' | 'gateway' | 'none';
  readonly reason?: string | undefined;
  readonly fallbackFrom?: string | undefined;
  readonly reused?: string | undefined;
  readonly outcome: string;
  readonly code: number | string;
  readonly durationMs: number;
  readonly client: string;
  readonly userAgent?: string | undefined;
  readonly gatewayCode?: string | undefined;
  readonly gatewayRequestId?: string | undefined;
  readonly cause?: string | undefined;
  /** What was said to the client, of our own answers. */
  readonly message?: string | undefined;
  /** As they would go to the gateway; tokens masked. Empty where they cannot be read. */
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
}

export interface CallListener {
  /** @param event JSON on one line, shared by all listeners */
  call(event: string): void;
  /** No more calls come. */
  end(): void;
}

export interface CallFeed {
  /** @param describe called only while somebody listens, at most once */
  publish(describe: () => CallEvent): void;
  /** The function ends the listening; undefined when too many listen already or the server is stopping. */
  listen(listener: CallListener): (() => void) | undefined;
  /** Ends every listening, and lets nobody begin another. */
  close(): void;
}

/** Each is an operator's window: more would be a mistake, or somebody who means ill. */
export const mostListeners = 20;

export function createCallFeed(most: number = mostListeners): CallFeed {
  const listeners = new Set<CallListener>();
  let closed = false;
  return {
    publish(describe) {
      if (listeners.size === 0) return;
      const event = JSON.stringify(describe());
      for (const listener of listeners) listener.call(event);
    },
    listen(listener) {
      if (closed || listeners.size >= most) return undefined;
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      for (const listener of [...listeners]) listener.end();
      listeners.clear();
    },
  };
}
