// From an HTTP request to parameters: urlencoded, multipart, query string, or several of them (PROTOCOL section 1).
// Judges neither signature nor values, and does no I/O: the body has been collected before.
import { parse as parseQuery } from 'node:querystring';
import { TextDecoder } from 'node:util';
import type { Rejection } from './call.ts';
import { readMultipart } from './multipart.ts';
import { maximumParameters, mergeParameters, rejected, type Parameters } from './parameters.ts';

/** What is needed of an HTTP request; header values as received. */
export interface RawRequest {
  readonly method: string;
  /** The part of the request target behind `?`, undecoded; empty when there is none. */
  readonly queryString: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
}

const none: ReadonlyMap<string, string[]> = new Map();
const beyondAscii = /[\u0080-\uffff]/;
const charsetPattern = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/**
 * Reads the parameters of an old request.
 * @returns the parameters, or a rejection with code 400 that says what cannot be read
 */
export async function readParameters(request: RawRequest): Promise<Parameters | Rejection> {
  const query = decodeForm(request.queryString);
  switch (request.method) {
    case 'GET':
      return mergeParameters(query, none);
    case 'POST': {
      const body = await readBody(request);
      return 'kind' in body ? body : mergeParameters(query, body);
    }
    default:
      return rejected(`method ${request.method} is not supported: use GET or POST`);
  }
}

async function readBody(request: RawRequest): Promise<ReadonlyMap<string, string[]> | Rejection> {
  if (request.body.length === 0) return none;
  if (request.contentEncoding !== undefined && request.contentEncoding.toLowerCase() !== 'identity') {
    return rejected('a compressed request body is not supported: send it without Content-Encoding');
  }
  const contentType = request.contentType ?? '';
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  switch (mediaType) {
    // Without a type a form is the only thing that an old client can mean.
    case '':
    case 'application/x-www-form-urlencoded':
      return readForm(request.body, charsetPattern.exec(contentType)?.[1]);
    case 'multipart/form-data':
      return readMultipart(request.body, contentType);
    default:
      return rejected(
        'this Content-Type cannot be read: send application/x-www-form-urlencoded or multipart/form-data',
      );
  }
}

function readForm(body: Buffer, charset: string | undefined): ReadonlyMap<string, string[]> | Rejection {
  if (charset === undefined || /^utf-?8$/i.test(charset)) return decodeForm(body.toString('utf8'));
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    return rejected('the charset of the Content-Type is unknown: send UTF-8');
  }
  // Bytes that were left unescaped are in the form's charset as well, so they are escaped before anything is decoded.
  return decodeForm(escapeBytes(body), (part) => decoder.decode(unescapeBytes(part)));
}

function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}

function unescapeBytes(part: string): Buffer {
  const bytes = part.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** `a=1&a=2` to values by name. Broken escapes are kept as they are, invalid UTF-8 becomes U+FFFD; never throws. */
export function decodeForm(text: string, decode?: (part: string) => string): ReadonlyMap<string, string[]> {
  const fields = new Map<string, string[]>();
  if (text === '') return fields;
  const options = { maxKeys: maximumParameters + 1, ...(decode && { decodeURIComponent: decode }) };
  // Beside a broken escape querystring keeps only the low byte of a character outside ASCII.
  const ascii = beyondAscii.test(text) ? escapeBytes(Buffer.from(text, 'utf8')) : text;
  const parsed = parseQuery(ascii, '&', '=', options);
  for (const name in parsed) {
    const value = parsed[name];
    if (value !== undefined) fields.set(name, typeof value === 'string' ? [value] : value);
  }
  return fields;
}
