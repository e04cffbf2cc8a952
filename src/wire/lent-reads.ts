// Reading from a socket without a buffer of its own for each read: Node's streams make one of 64 KiB each time, cut it
// down, and leave it to the garbage collector.
import type { OnReadOpts } from 'node:net';

/** Reads come one at a time, and each is over before the next: one buffer serves every connection. */
const lent = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * To be spread into the options of `net.connect` and `tls.connect` (whose types do not know it), in place of listening for
 * `data`.
 * @param read gets the bytes for as long as it runs: what is to be kept must be copied
 */
export function lentReads(read: (bytes: Buffer) => void): { readonly onread: OnReadOpts } {
  const callback = (length: number): boolean => {
    read(lent.subarray(0, length));
    return true;
  };
  return { onread: { buffer: lent, callback } };
}
