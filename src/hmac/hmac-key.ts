// HMAC (RFC 2104) with one key again and again, out of two one-shot hashes: 2.3 µs in a loop and 3 µs with cold caches,
// against 4 to 11 of `createHmac`, which makes a stream with a native object behind it for each text.
import { hash } from 'node:crypto';

export type HmacAlgorithm = 'sha1' | 'sha256';

/** Of both algorithms. */
const blockBytes = 64;
const digestBytes = { sha1: 20, sha256: 32 } as const satisfies Record<HmacAlgorithm, number>;

const ascii = /^[\u0000-\u007f]*$/;

export class HmacKey {
  readonly #algorithm: HmacAlgorithm;
  /** The key's inner block; as text where it is ASCII, as nearly every key's is: text before text needs no copying. */
  readonly #inner: string | Buffer;
  /** The key's outer block, and room for the inner digest behind it. */
  readonly #outer: Buffer;

  constructor(algorithm: HmacAlgorithm, key: string) {
    const bytes = Buffer.from(key, 'utf8');
    // A key longer than a block counts as its hash.
    const short = bytes.length > blockBytes ? hash(algorithm, bytes, 'buffer') : bytes;
    const inner = Buffer.alloc(blockBytes, 0x36);
    this.#algorithm = algorithm;
    this.#outer = Buffer.alloc(blockBytes + digestBytes[algorithm], 0x5c);
    for (const [place, byte] of short.entries()) {
      inner[place] = byte ^ 0x36;
      this.#outer[place] = byte ^ 0x5c;
    }
    const text = inner.toString('latin1');
    this.#inner = ascii.test(text) ? text : inner;
  }

  /** @returns the signature of the text's UTF-8 */
  sign(text: string, encoding: 'hex' | 'base64'): string {
    const whole =
      typeof this.#inner === 'string' ? this.#inner + text : Buffer.concat([this.#inner, Buffer.from(text)]);
    // `binary` is one character a byte.
    this.#outer.write(hash(this.#algorithm, whole, 'binary'), blockBytes, 'latin1');
    return hash(this.#algorithm, this.#outer, encoding);
  }
}
