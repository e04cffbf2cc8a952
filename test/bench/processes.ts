// Processes that are measured: started here, their CPU time and memory read from the kernel's books (Linux), ended here.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Kernel ticks per second in /proc, on every Linux in use. */
const ticksPerSecond = 100;

/** User and system time of a process so far, ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Resident memory that is the process's own, MB: without files that it has mapped, which the system may take back. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? NaN) / 1024;
}

const references = fileURLToPath(new URL('references', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * Compiles the reference programs into a directory, so that they run on plain Node as the proxy does: a loader would
 * count as their memory.
 */
export function compileReferences(directory: string): void {
  const built = join(directory, 'references');
  mkdirSync(built);
  symlinkSync(modules, join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const name of readdirSync(references)) {
    const { outputText } = ts.transpileModule(readFileSync(join(references, name), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(join(built, `${basename(name, '.ts')}.js`), outputText);
  }
}

const running = new Map<ChildProcess, NodeJS.Signals>();
process.once('exit', () => {
  for (const [child, signal] of running) child.kill(signal);
});

/**
 * Counts a child among those that end with this process.
 * @param signal nginx ends its workers only when it is asked to: SIGKILL would leave them
 */
export function adopted<Child extends ChildProcess>(child: Child, signal: NodeJS.Signals = 'SIGKILL'): Child {
  running.set(child, signal);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a process and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

export interface Reference {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
}

/** Starts a reference program that was compiled into `directory`. */
export async function startReference(
  directory: string,
  name: string,
  args: readonly string[],
): Promise<Reference> {
  const program = join(directory, 'references', `${name}.program.js`);
  const child = adopted(fork(program, args, { cwd: directory, execArgv: [] }));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port, pid: child.pid ?? 0 };
}
