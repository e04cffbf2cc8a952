// What the tests of the stores share: directories of their own, keys, waiting for a condition, programs beside this one.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A key such as stores take. */
export function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Directories that are gone after the tests of the describe block that asks for them. */
export function directories(): () => Promise<string> {
  const made: string[] = [];
  after(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))));
  return async () => {
    const path = await mkdtemp(join(tmpdir(), 'token-proxy-store-'));
    made.push(path);
    return path;
  };
}

/** Resolves once the condition holds; the test's own time-out is the limit. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

/** A clock that only moves when told to, ms since epoch. */
export function steppedClock(startMs = 1_700_000_000_000) {
  let clock = startMs;
  return { now: () => clock, advance: (ms: number) => void (clock += ms) };
}

/** What a store says, kept. */
export function notebook() {
  const lines: string[] = [];
  return { lines, log: (level: string, message: string) => void lines.push(`${level}: ${message}`) };
}

export interface Beside {
  readonly child: ChildProcess;
  /** Lines on its standard output so far. */
  readonly lines: readonly string[];
  kill(): Promise<void>;
}

/**
 * Runs a program of `test/` in a process of its own.
 * @param prefix a command that runs it, such as a shell that sets limits
 */
export function beside(program: string, args: readonly string[], prefix: readonly string[] = []): Beside {
  const file = fileURLToPath(new URL(`../${program}`, import.meta.url));
  const [command = '', ...rest] = [...prefix, process.execPath, '--import', 'tsx', file, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  let begun = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // A last line without its end was cut off by the kill, and counts as not said.
    const [...whole] = (begun + text).split('\n');
    begun = whole.pop() ?? '';
    lines.push(...whole);
  });
  return {
    child,
    lines,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
