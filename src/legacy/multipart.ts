// Reads a collected multipart/form-data body: what the vendor's Node demo sends.
// Fields only; a file has no meaning in the old protocol.
import { Busboy } from '@fastify/busboy';
import type { Rejection } from './call.ts';
import { maximumParameters, rejected } from './parameters.ts';

/**
 * @param body the whole body; its size has been limited before
 * @param contentType the header as received, with the boundary
 * @returns values by name in order, or a rejection saying what cannot be read
 */
export function readMultipart(body: Buffer, contentType: string): Promise<Map<string, string[]> | Rejection> {
  if (hasMoreParts(body, maximumParameters)) {
    return Promise.resolve(rejected(`too many parameters: at most ${maximumParameters} are read`));
  }
  return new Promise((resolve) => {
    const fields = new Map<string, string[]>();
    const refuse = (message: string) => resolve(rejected(message));
    let busboy: InstanceType<typeof Busboy>;
    try {
      busboy = new Busboy({
        headers: { 'content-type': contentType },
        // Some stacks type their fields application/octet-stream; only a filename makes a file.
        isPartAFile: (_name, _contentType, fileName) => fileName !== undefined,
        limits: {
          fields: maximumParameters + 1,
          fieldSize: body.length,
          fieldNameSize: 1000,
          headerPairs: 20,
        },
      });
    } catch {
      return refuse('the multipart body cannot be read: its Content-Type names no usable boundary');
    }
    busboy.on('field', (name: string | undefined, value: string) => {
      if (name === undefined) return refuse('the multipart body holds a part without a name');
      const earlier = fields.get(name);
      if (earlier === undefined) fields.set(name, [value]);
      else earlier.push(value);
    });
    busboy.on('file', (_name, stream) => {
      // A file that is cut off errs on its own stream; unheard, that would end the process.
      stream.on('error', () => refuse('the multipart body is cut off or malformed'));
      stream.resume();
      refuse('the multipart body holds a file: send the parameters as plain fields, without a filename');
    });
    busboy.on('error', () => refuse('the multipart body is cut off or malformed'));
    busboy.on('finish', () => resolve(fields));
    busboy.end(body);
  });
}

const endOfHead = '\r\n\r\n';

/** Looks ahead, since each part costs the parser much more than its few bytes cost the sender. */
function hasMoreParts(body: Buffer, most: number): boolean {
  let count = 0;
  for (let at = body.indexOf(endOfHead); at >= 0 && count <= most; at = body.indexOf(endOfHead, at + 4)) {
    count += 1;
  }
  return count > most;
}
