// How often an address may try tokens: twenty wrong ones a minute, after that one try a second.
// It slows guessing down without locking an operator out whose address somebody else's mistakes come from.
import { LRUCache } from 'lru-cache';

export interface FailedLogIns {
  /** Whether a token from this address may be looked at now. */
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
