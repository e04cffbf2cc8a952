// A token call as the bytes that leave for the old service. Pure.
import { targetAt, type Base } from './destination.ts';
import { requestHeaders } from '../wire/headers.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Request target. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  /** All of it. */
  readonly body: Buffer;
}

/** Why nothing can be sent; Node's own codes for the same. */
export type Unsendable = 'ERR_UNESCAPED_CHARACTERS' | 'ERR_INVALID_CHAR';

const sendableTarget = /^[\x21-\xff]+$/;
const sendable = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One buffer, so that it leaves with one write. */
export function requestBytes(
  { method, url, rawHeaders, body }: ReceivedRequest,
  base: Base,
): Buffer | Unsendable {
  const target = targetAt(base, url);
  if (!sendableTarget.test(target)) return 'ERR_UNESCAPED_CHARACTERS';
  const fields = requestHeaders(rawHeaders, { host: base.host, method, contentLength: body.length });
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    // One after the other: put together first, they would have to be copied to be looked through.
    if (!sendable.test(name) || !sendable.test(value)) return 'ERR_INVALID_CHAR';
    head += `${name}: ${value}\r\n`;
  }
  head += 'Connection: keep-alive\r\n\r\n';
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  body.copy(bytes, head.length);
  return bytes;
}
