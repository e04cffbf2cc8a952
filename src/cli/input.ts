// Text that a command reads: standard input, and files that hold one secret or token. Bounded in size.
import { readFile, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CommandFailure } from './command.ts';

/** Far more than any request or token. */
const mostBytes = 1024 * 1024;

/** @throws CommandFailure when it is longer than 1 MiB */
export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > mostBytes) throw new CommandFailure('standard input is longer than 1 MiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The content of a file without the line break at its end.
 * @param what names it in messages: `secret file`
 * @throws CommandFailure when it cannot be read or is empty
 */
export async function readOneValue(path: string, what: string): Promise<string> {
  const content = await readBounded(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new CommandFailure(`the ${what} ${path} cannot be read (${code})`);
  });
  const value = content?.replace(/[\r\n]+$/, '');
  if (value === undefined) throw new CommandFailure(`the ${what} ${path} is longer than 1 MiB`);
  if (value === '') throw new CommandFailure(`the ${what} ${path} is empty`);
  return value;
}

async function readBounded(path: string): Promise<string | undefined> {
  const { size } = await stat(path);
  return size > mostBytes ? undefined : readFile(path, 'utf8');
}
