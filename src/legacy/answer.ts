// Writes an answer of the old service to the client as it came, with headers of ours beside it.
import type { ServerResponse } from 'node:http';
import { endWith } from '../wire/end-with.ts';
import { fieldValue, withOwn } from '../wire/headers.ts';
import type { LegacyAnswer } from './old-service.ts';

/** Up to here a body is copied into one string with the head, bytes: one piece is cheaper to write than two. */
const longestInOnePiece = 8 * 1024;

/**
 * Sends status, reason phrase, headers and body as received. An answer that came in chunks or ended with its
 * connection goes out with a `Content-Length`.
 * @param own added; they take the place of headers of the same name
 */
export function sendAnswer(
  response: ServerResponse,
  { status, statusMessage, rawHeaders, body }: LegacyAnswer,
  own: Readonly<Record<string, string>>,
): void {
  if (response.destroyed) return;
  const headers = withOwn(rawHeaders, own);
  const hasBody = response.req.method !== 'HEAD' && status !== 204 && status !== 304;
  if (hasBody && fieldValue(headers, 'content-length') === undefined) {
    headers.push('Content-Length', String(body.length));
  }
  response.writeHead(status, statusMessage, headers);
  if (body.length > longestInOnePiece) response.end(body);
  else endWith(response, body.toString('latin1'), 'latin1');
}
