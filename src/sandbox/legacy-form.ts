// Reads what an old client sent into one set of parameters: query string and body merged, as a Java servlet does it.
// Whether the parameters make sense, or are signed, is judged elsewhere.
import { Busboy } from '@fastify/busboy';
import type { RequestHead } from './emulated-server.ts';

/** Each name with its values in the order sent, query string first. */
export type FormParameters = ReadonlyMap<string, readonly string[]>;

/** @returns the parameters, or nothing when a multipart body cannot be read */
export async function readForm(head: RequestHead, body: Buffer): Promise<FormParameters | undefined> {
  const form = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    form.set(name, [...(form.get(name) ?? []), value]);
  };
  const query = head.target.split('?').slice(1).join('?');
  new URLSearchParams(query).forEach((value, name) => add(name, value));
  const contentType = head.headers['content-type'] ?? '';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/x-www-form-urlencoded') {
    new URLSearchParams(body.toString()).forEach((value, name) => add(name, value));
  } else if (mediaType === 'multipart/form-data') {
    const complete = await readMultipart(contentType, body, add);
    if (!complete) return undefined;
  }
  return form;
}

function readMultipart(
  contentType: string,
  body: Buffer,
  add: (name: string, value: string) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const parser = new Busboy({ headers: { 'content-type': contentType } });
      parser.on('field', (name, value) => add(name, value));
      // A file part must be drained or the parser never finishes.
      parser.on('file', (_name, stream) => stream.resume());
      parser.on('finish', () => resolve(true));
      parser.on('error', () => resolve(false));
      parser.end(body);
    } catch {
      resolve(false);
    }
  });
}
