// How many wrong tokens of an address are answered and logged: twenty a minute, after that one a second.
// It keeps guessing from filling the log. Right tokens are never held up: their owners may share the address.
import { LRUCache } from 'lru-cache';

export interface FailedLogIns {
  /** Whether one more wrong token from this address is told of now. */
  mayTry(address: string): boolean;
  /** A token from this address was wrong. */
  failed(address: string): void;
}

const mostFailures = 20;
const windowMs = 60_000;
const slowedToMs = 1_000;
/** Far more than an admin listener sees; bounds the memory. */
const mostAddresses = 1_000;

interface Record {
  readonly sinceMs: number;
  failures: number;
  triedAtMs: number;
}

/**
 * @param nowMs any clock that runs in ms and is not set back
 */
export function createFailedLogIns(nowMs: () => number): FailedLogIns {
  const records = new LRUCache<string, Record>({ max: mostAddresses });
  const current = (address: string): Record | undefined => {
    const record = records.get(address);
    return record !== undefined && nowMs() - record.sinceMs < windowMs ? record : undefined;
  };
  return {
    mayTry(address) {
      const record = current(address);
      if (record === undefined || record.failures < mostFailures) return true;
      if (nowMs() - record.triedAtMs < slowedToMs) return false;
      record.triedAtMs = nowMs();
      return true;
    },
    failed(address) {
      const record = current(address);
      if (record === undefined) {
        records.set(address, { sinceMs: nowMs(), failures: 1, triedAtMs: nowMs() });
        return;
      }
      record.failures += 1;
      record.triedAtMs = nowMs();
    },
  };
}
