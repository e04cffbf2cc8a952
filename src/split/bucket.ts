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
  // `binary` is one character a byte.
  const digest = hash('sha256', `${bucketVersion}:${JSON.stringify(values)}`, 'binary');
  let first32Bits = 0;
  for (let index = 0; index < 4; index += 1) first32Bits = first32Bits * 256 + digest.charCodeAt(index);
  return first32Bits % bucketCount;
}

/** Whether a bucket is served by the gateway at this weight (percent, two decimals). */
export function isBelow(bucket: number, gatewayPercent: number): boolean {
  return bucket < Math.round(gatewayPercent * bucketsPerPercent);
}
