// A terminal for tests: runs a command line in process and keeps what it wrote.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A stream that remembers. */
export class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

export async function tokenProxy(
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const code = await run(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    stop: new AbortController().signal,
    onReload: () => undefined,
  });
  return { code, out: stdout.text, err: stderr.text };
}

/** A folder that is gone after the tests of the current `describe`. */
export function folder(): (name: string, content: string) => string {
  const path = mkdtempSync(join(tmpdir(), 'token-proxy-cli-'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return (name, content) => {
    const file = join(path, name);
    writeFileSync(file, content);
    return file;
  };
}
