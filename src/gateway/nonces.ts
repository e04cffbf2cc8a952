// Numbers used once, for signatures: 128 random bits each, cut from a larger draw, since a draw costs more than its bytes.
import { randomFillSync } from 'node:crypto';

const nonceBytes = 16;
const drawn = Buffer.alloc(256 * nonceBytes);
let usedTo = drawn.length;

/** @returns 32 hex digits, as the vendor's library has them */
export function nonce(): string {
  if (usedTo === drawn.length) {
    randomFillSync(drawn);
    usedTo = 0;
  }
  usedTo += nonceBytes;
  return drawn.toString('hex', usedTo - nonceBytes, usedTo);
}
