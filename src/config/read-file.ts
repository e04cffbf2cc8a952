// Reads the bytes of a configuration file, bounded, and says plainly why it cannot.
// Pipes are welcome (`--config <(…)`), so the size is judged by what arrives and not by what is announced.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A configuration is written by people; more than this is some other file. */
export const largestConfigBytes = 1024 * 1024;

export type FileReading =
  { readonly ok: true; readonly content: Buffer } | { readonly ok: false; readonly problem: string };

/** Reads a whole file of at most `largestConfigBytes`. Never throws. */
export function readConfigFile(file: string): FileReading {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).isDirectory())
      return refused(`${file} is a directory; name the YAML file in it`);
    const buffer = Buffer.allocUnsafe(largestConfigBytes + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += read;
      if (length > largestConfigBytes)
        return refused(`${file} is larger than 1 MiB, which no configuration is`);
      if (read === 0) return { ok: true, content: Buffer.from(buffer.subarray(0, length)) };
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return refused(code === 'ENOENT' ? `${file} does not exist` : `${file} cannot be read (${code})`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function refused(problem: string): FileReading {
  return { ok: false, problem };
}
