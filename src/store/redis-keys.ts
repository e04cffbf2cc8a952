// The names of everything that is kept in Redis. Part of the format: what is kept under another name is not found.

/*
 * On a cluster, records spread over all servers. Everything else is little, and what one script touches must lie on one
 * server: `{…}` marks the part of a key that decides where it lies.
 */
export interface RedisKeys {
  /** A hash with the records whose digests begin with these hexadecimal digits. */
  records(digits: string): string;
  /** A text: the document's version, a space, the document. */
  document(name: string): string;
  /** A list, newest first. */
  readonly history: string;
  /** A hash: how many records leave in which hour; see redis-count.ts. */
  readonly leaving: string;
  /** A text such as `1.0`. */
  readonly format: string;
  readonly probe: string;
  /** Where names of changed documents are published; no key. */
  readonly changes: string;
}

/** @param prefix as configured, so that several fleets may share a Redis */
export function redisKeys(prefix: string): RedisKeys {
  const together = `{${prefix}}`;
  return {
    records: (digits) => `${prefix}:r:${digits}`,
    document: (name) => `${together}:document:${name}`,
    history: `${together}:history`,
    leaving: `${together}:leaving`,
    format: `${together}:format`,
    probe: `${together}:probe`,
    changes: `${prefix}:changes`,
  };
}
