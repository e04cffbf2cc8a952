// One connection to Redis as the client library makes it, to be used until it ends. It is never mended: whoever needs a
// lasting one opens the next (redis-connection.ts), which also resolves the host name again after a failover.

export type RedisArgument = string | Buffer;

export interface RedisWire {
  /**
   * Sends a command at the end of this turn of the event loop, together with all others of the turn. No time-out.
   * @param key by which a cluster finds the server in charge
   * @param binary whether texts in the answer are given as bytes
   */
  send(key: RedisArgument, args: readonly RedisArgument[], binary?: boolean): Promise<unknown>;
  /** Sends a command to every server that is in charge of keys, and gives all answers. */
  sendToAll(args: readonly RedisArgument[]): Promise<readonly unknown[]>;
  /** Where else the same data may be asked for, `host:port` each; nothing unless it is a cluster. */
  nodes(): readonly string[];
  /** Resolves when the connection is of no more use, with the reason. */
  readonly ended: Promise<unknown>;
  /** @param reason what `ended` shall give */
  destroy(reason?: unknown): void;
}

/** Loaded with the first connection only: it is 500 files, of no use to whoever keeps everything on one machine. */
export const redisLibrary = () => import('@redis/client');

/** How long connecting may take, TLS included, ms; and the same again for the password and the first questions. */
export const connectTimeoutMs = 2_000;

/** Options of every connection. */
export const clientOptions = {
  // Spoken by every Redis and Valkey and by the proxies in front of them; nothing of RESP 3 is needed here.
  RESP: 2,
  maintNotifications: 'disabled',
  disableOfflineQueue: true,
  /** Commands waiting to be sent or answered: far more than Redis answers within the time that anybody waits. */
  commandsQueueMaxLength: 10_000,
  clientInfoTag: 'mqtt-token-proxy',
  // Together they end a connection whose other side is gone without a word; without pings idle ones would end too.
  pingInterval: 3_000,
} as const;

export const socketOptions = {
  reconnectStrategy: false,
  connectTimeout: connectTimeoutMs,
  socketTimeout: 10_000,
} as const;

/** The library's `RESP_TYPES.BLOB_STRING`: the first byte of such a text in the protocol. */
const blobString = 36;

/** The library's own time-out stops counting once a command is sent, and costs an AbortSignal for each. */
export const asText = { timeout: 0 };
export const asBytes = { timeout: 0, typeMapping: { [blobString]: Buffer } };

/** For whoever makes a wire: the first reason that comes is the one that it ended for. */
export function createEnd(): { readonly ended: Promise<unknown>; readonly comes: (reason: unknown) => void } {
  let comes: (reason: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    comes = resolve;
  });
  return { ended, comes };
}
