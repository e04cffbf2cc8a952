// From what stays together to one of 10,000 buckets. Fixed and versioned: every replica, release and auditor must
// come to the same bucket, so that moving the weight only moves keys one way.
import { hash } from 'node:crypto';

export const bucketCount = 10_000;

const bucketsPerPercent = bucketCount / 100;

/** Goes into the hash, so that a later rule cannot be taken for this one. */
export const bucketVersion = 1;

/**
 * The bucket of a key, version 1: the first 32 bits (big-endian) of the SHA-256 of `1:` and the values as a JSON array of
 * strings in UTF-8, modulo 10,000. For `["shop","post-cn-1","TopicA"]`:
 * `printf '1:["shop","post-cn-1","TopicA"]' | sha256sum | cut -c1-8`.
 * @param values of the configured key fields, in their configured order
 * @returns 0 to 9,999
 */
export function bucketOf(values: readonly string[]): number {
  const text = `${bucketVersion}:${JSON.stringify(values)}`;
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16) % bucketCount;
}

/** Whether a bucket is served by the gateway at this weight (percent, two decimals). */
export function isBelow(bucket: number, gatewayPercent: number): boolean {
  return bucket < Math.round(gatewayPercent * bucketsPerPercent);
}
