// The body of an answer without its content coding, for reading only: clients get it as it came.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { maximumAnswerBytes } from './old-service.ts';
import { fieldValue } from '../wire/headers.ts';
import type { LegacyAnswer } from './old-service.ts';

const bounded = { maxOutputLength: maximumAnswerBytes };

const decoders: ReadonlyMap<string, (body: Buffer) => Buffer> = new Map([
  ['', (body) => body],
  ['identity', (body) => body],
  ['gzip', (body) => gunzipSync(body, bounded)],
  ['x-gzip', (body) => gunzipSync(body, bounded)],
  ['br', (body) => brotliDecompressSync(body, bounded)],
  ['deflate', inflate],
]);

/** Some servers send `deflate` without the zlib wrapper that the standard asks for. */
function inflate(body: Buffer): Buffer {
  const wrapped = ((body[0] ?? 0) & 0x0f) === 8;
  return wrapped ? inflateSync(body, bounded) : inflateRawSync(body, bounded);
}

/** @returns undefined for a coding that is not known, damaged data, or more than 2 MiB behind it */
export function decodedBody({ rawHeaders, body }: LegacyAnswer): Buffer | undefined {
  const coding = fieldValue(rawHeaders, 'content-encoding');
  if (coding === undefined) return body;
  try {
    return decoders.get(coding.trim().toLowerCase())?.(body);
  } catch {
    return undefined;
  }
}
