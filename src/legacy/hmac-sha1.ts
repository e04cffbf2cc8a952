// HMAC-SHA1 as the old protocol signs with it: in base64, compared in constant time. Secrets are kept prepared; what is
// signed is decided in signature.ts.
import { timingSafeEqual } from 'node:crypto';
import { HmacKey } from '../hmac/hmac-key.ts';

/** More than any server has keys; then all are prepared anew, so that secrets which change do not pile up. */
const mostPrepared = 10_000;
const prepared = new Map<string, HmacKey>();

/** `base64(HMAC-SHA1(key, text))`, both in UTF-8. */
export function hmacSha1(key: string, text: string): string {
  let hmacKey = prepared.get(key);
  if (hmacKey === undefined) {
    hmacKey = new HmacKey('sha1', key);
    if (prepared.size >= mostPrepared) prepared.clear();
    prepared.set(key, hmacKey);
  }
  return hmacKey.sign(text, 'base64');
}

/** Characters of a digest in base64; none of them takes more than 3 bytes, whatever a client sends instead. */
const digestCharacters = 28;
const given = Buffer.alloc(3 * digestCharacters);
const givenDigest = given.subarray(0, digestCharacters);
const expectedDigest = Buffer.alloc(digestCharacters);

/** Whether `signature` is that of the text, letter for letter; compares in constant time. */
export function isHmacSha1(key: string, text: string, signature: string): boolean {
  if (signature.length !== digestCharacters) return false;
  if (given.write(signature, 'utf8') !== digestCharacters) return false;
  expectedDigest.write(hmacSha1(key, text), 'latin1');
  return timingSafeEqual(givenDigest, expectedDigest);
}
