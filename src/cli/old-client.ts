// A correct client of the old token service (PROTOCOL section 1): signs the documented fields, posts a form, reads JSON.
// Its failures are values; no message holds a secret, a signature, a token or what the server sent instead of JSON.
import { operations, type Operation } from '../legacy/operations.ts';
import { sign } from '../legacy/signature.ts';
import { connectionFailure } from './connection-failure.ts';

/** Fields by name, without `accessKey` and `signature`. */
export type OldFields = Readonly<Record<string, string>>;

export interface OldServer {
  /** From `oldServerUrl`. */
  readonly base: URL;
  readonly accessKey: string;
  readonly secret: string;
  /** For connecting and answering, each, ms. */
  readonly timeoutMs: number;
  readonly stop: AbortSignal;
}

export type OldAnswer =
  /** `text` is the JSON on one line, `code` what the old protocol calls so. */
  | { readonly kind: 'answered'; readonly text: string; readonly code: number }
  | { readonly kind: 'failed'; readonly message: string };

/** More than any answer of the old protocol, bytes. */
const mostBytes = 256 * 1024;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$)/i;

/**
 * The base address of a server, as clients keep it in `tokenServerUrl`: with or without a scheme (then https, on
 * loopback http), with or without a slash at its end.
 * @returns undefined when it is no such address
 */
export function oldServerUrl(text: string): URL | undefined {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? text
    : `${loopback.test(text) ? 'http' : 'https'}://${text}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return isPlain && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The form of a request: fields, access key, signature. */
export function signedForm(
  operation: Operation,
  fields: OldFields,
  accessKey: string,
  secret: string,
): string {
  const names = operations[operation].signed.filter((name) => Object.hasOwn(fields, name)).toSorted();
  const text = names.map((name) => `${name}=${fields[name] ?? ''}`).join('&');
  return new URLSearchParams({ ...fields, accessKey, signature: sign(secret, text) }).toString();
}

/** Makes one call. Follows no redirect, since that would carry the signature elsewhere. */
export async function askOldServer(
  operation: Operation,
  fields: OldFields,
  server: OldServer,
): Promise<OldAnswer> {
  const { base, accessKey, secret, timeoutMs, stop } = server;
  const target = `${base.origin}${base.pathname.replace(/\/+$/, '')}${operations[operation].path}`;
  // Not loaded by the server, which only has this command beside it: 7 MB.
  const { Agent, request } = await import('undici');
  const agent = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: mostBytes });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        accept: 'application/json',
      },
      body: signedForm(operation, fields, accessKey, secret),
      dispatcher: agent,
      signal: AbortSignal.any([timeout, stop]),
    });
    return readAnswer(await answer.body.text(), answer.statusCode, base.origin);
  } catch (error) {
    const why = timeout.aborted
      ? `no answer within ${timeoutMs} ms`
      : stop.aborted
        ? 'interrupted'
        : connectionFailure(error);
    return { kind: 'failed', message: `${base.origin}: ${why}` };
  } finally {
    await agent.destroy();
  }
}

function readAnswer(text: string, status: number, origin: string): OldAnswer {
  const foreign = `${origin} answered HTTP ${status} with something that is not the JSON of the old protocol`;
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'code' in answer && Number.isInteger(answer.code)) {
      return {
        kind: 'answered',
        text: text.trim().replace(/\s*[\r\n]+\s*/g, ' '),
        code: Number(answer.code),
      };
    }
    return { kind: 'failed', message: foreign };
  } catch {
    return {
      kind: 'failed',
      message: `${foreign} (${Buffer.byteLength(text)} bytes): is this a token service?`,
    };
  }
}
