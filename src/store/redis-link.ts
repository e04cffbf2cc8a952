// What the parts of the Redis store ask of the connection. The connection itself is in redis-connection.ts.

/** A Lua script; sent whole only to a server that does not know it yet. */
export interface RedisScript {
  /** For error messages. */
  readonly name: string;
  readonly text: string;
}

export interface RedisLink {
  /**
   * Runs a script. All keys must lie in one hash slot.
   * Rejects with a StoreError when there is no connection, or no answer within the command time-out.
   */
  script(
    script: RedisScript,
    keys: readonly (string | Buffer)[],
    args: readonly (string | Buffer)[],
  ): Promise<unknown>;
}
