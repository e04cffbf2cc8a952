// From an HTTP request to parameters: urlencoded, multipart, query string, or several of them (PROTOCOL section 1).
// Judges neither signature nor values, and does no I/O: the body has been collected before.
import { unescape as unescapePart } from 'node:querystring';
import { TextDecoder } from 'node:util';
import { LRUCache } from 'lru-cache';
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

const beyondAscii = /[\u0080-\uffff]/;
const utf8 = /^utf-?8$/i;
const charsetPattern = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

/**
 * Reads the parameters of an old request.
 * @returns the parameters, or a rejection with code 400 that says what cannot be read
 */
export function readParameters(
  request: RawRequest,
): Parameters | Rejection | Promise<Parameters | Rejection> {
  const query = decodeForm(request.queryString);
  switch (request.method) {
    case 'GET':
      return mergeParameters(query, new Map());
    case 'POST': {
      const body = readBody(request);
      if (body instanceof Promise) return body.then((fields) => merged(query, fields));
      return merged(query, body);
    }
    default:
      return rejected(`method ${request.method} is not supported: use GET or POST`);
  }
}

type Fields = Map<string, string[]>;

function merged(query: Fields, body: Fields | Rejection): Parameters | Rejection {
  return body instanceof Map ? mergeParameters(query, body) : body;
}

function readBody(request: RawRequest): Fields | Rejection | Promise<Fields | Rejection> {
  if (request.body.length === 0) return new Map();
  if (request.contentEncoding !== undefined && request.contentEncoding.toLowerCase() !== 'identity') {
    return rejected('a compressed request body is not supported: send it without Content-Encoding');
  }
  const contentType = request.contentType ?? '';
  const { mediaType, charset } = bodyForm(contentType);
  switch (mediaType) {
    // Without a type a form is the only thing that an old client can mean.
    case '':
    case 'application/x-www-form-urlencoded':
      return readForm(request.body, charset);
    case 'multipart/form-data':
      return readMultipart(request.body, contentType);
    default:
      return rejected(
        'this Content-Type cannot be read: send application/x-www-form-urlencoded or multipart/form-data',
      );
  }
}

interface BodyForm {
  readonly mediaType: string;
  readonly charset: string | undefined;
}

/** Clients of one kind all send the same Content-Type; those with a boundary of their own push each other out. */
const bodyForms = new LRUCache<string, BodyForm>({ max: 100 });

function bodyForm(contentType: string): BodyForm {
  const known = bodyForms.get(contentType);
  if (known !== undefined) return known;
  const mediaType = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const form = { mediaType, charset: charsetPattern.exec(contentType)?.[1] };
  bodyForms.set(contentType, form);
  return form;
}

function readForm(body: Buffer, charset: string | undefined): Fields | Rejection {
  if (charset === undefined || utf8.test(charset)) return decodeForm(body.toString('utf8'));
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
  const bytes = part
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

/**
 * `a=1&a=2` to values by name, as `node:querystring` reads it. Broken escapes are kept as they are, invalid UTF-8 becomes
 * U+FFFD; never throws. Its own `parse` makes an object with names from outside, which costs more than all the rest here.
 * @param decode for the parts of a form in another charset than UTF-8
 */
export function decodeForm(text: string, decode = decodeUtf8): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  if (text === '') return fields;
  // Beside a broken escape querystring keeps only the low byte of a character outside ASCII.
  const ascii = beyondAscii.test(text) ? escapeBytes(Buffer.from(text, 'utf8')) : text;
  let count = 0;
  for (let start = 0; start < ascii.length && count <= maximumParameters;) {
    const end = indexOrEnd(ascii, '&', start);
    if (end > start) {
      const equals = indexOrEnd(ascii, '=', start, end);
      const name = decode(ascii.slice(start, equals));
      const value = decode(ascii.slice(equals + 1, end));
      const earlier = fields.get(name);
      if (earlier === undefined) fields.set(name, [value]);
      else earlier.push(value);
      count += 1;
    }
    start = end + 1;
  }
  return fields;
}

function indexOrEnd(text: string, sought: string, start: number, end = text.length): number {
  const index = text.indexOf(sought, start);
  return index < 0 || index > end ? end : index;
}

function decodeUtf8(part: string): string {
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part;
  return spaced.includes('%') ? unescapePart(spaced) : spaced;
}
