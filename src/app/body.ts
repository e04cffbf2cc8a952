// Collects the body of a request, bounded in size. Time is the caller's to limit, and a client that leaves the caller's to
// notice: nothing is called then.
import type { IncomingMessage } from 'node:http';

export type CollectedBody =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  /** Over the limit; drained first, so that the client is able to read the answer. */
  | { readonly kind: 'too-large' };

/** Largest request that is read, bytes (SPEC section 4). */
export const maximumBodyBytes = 128 * 1024;
/** How much of a larger one is drained before the refusal, bytes (SPEC section 4). */
export const maximumDrainedBytes = 1024 * 1024;

const empty = Buffer.alloc(0);
const tooLarge = { kind: 'too-large' } as const;

/** Never holds more than the limit. @param done called once at most */
export function collectBody(request: IncomingMessage, done: (body: CollectedBody) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maximumBodyBytes) chunks.push(chunk);
    else chunks = [];
    if (size > maximumDrainedBytes && !request.isPaused()) {
      request.pause();
      done(tooLarge);
    }
  });
  request.on('end', () => {
    if (size > maximumBodyBytes) return done(tooLarge);
    const [first = empty] = chunks;
    const bytes = chunks.length > 1 ? Buffer.concat(chunks, size) : first;
    // Whoever keeps the request must not keep its body.
    chunks = [];
    done({ kind: 'complete', bytes });
  });
  // A request that breaks off is told by the end of its response.
  request.on('error', ignore);
}

function ignore(): void {
  return undefined;
}
