// Collects the body of a request, bounded in size. Time is the caller's to limit.
import type { IncomingMessage, ServerResponse } from 'node:http';

export type CollectedBody =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  /** Over the limit; drained first, so that the client is able to read the answer. */
  | { readonly kind: 'too-large' }
  /** The client left in the middle. */
  | { readonly kind: 'gone' };

/** Largest request that is read, bytes (SPEC section 4). */
export const maximumBodyBytes = 128 * 1024;
/** How much of a larger one is drained before the refusal, bytes (SPEC section 4). */
export const maximumDrainedBytes = 1024 * 1024;

const empty = Buffer.alloc(0);

/**
 * Resolves in every case, and never holds more than the limit.
 * @param response of the request: once it is over, Node tells of the request no more
 */
export function collectBody(request: IncomingMessage, response: ServerResponse): Promise<CollectedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maximumBodyBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > maximumDrainedBytes) {
        request.pause();
        resolve({ kind: 'too-large' });
      }
    });
    request.once('end', () => {
      if (size > maximumBodyBytes) resolve({ kind: 'too-large' });
      else resolve({ kind: 'complete', bytes: size === 0 ? empty : Buffer.concat(chunks, size) });
    });
    const gone = () => resolve({ kind: 'gone' });
    request.once('close', gone);
    request.once('error', gone);
    response.once('close', gone);
  });
}
