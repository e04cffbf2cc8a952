// What every command shares: its surroundings, its exit codes, and how it says that it failed.
// Commands write to the streams they are given and never end the process themselves.
import type { Readable, Writable } from 'node:stream';

/** 0 done, 1 failed, 2 wrong usage (SPEC section 2). */
export type ExitCode = 0 | 1 | 2;

/** The surroundings of a command. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the command is asked to end (SIGINT, SIGTERM). */
  readonly stop: AbortSignal;
  /** Calls back at each SIGHUP. */
  readonly onReload: (listener: () => void) => void;
}

/** A failure with a message for the person at the terminal; becomes `error: …` on standard error. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Writes one line. */
export function line(stream: Writable, text = ''): void {
  stream.write(`${text}\n`);
}
