// Loads a configuration for a command: all mistakes to standard error, one line each, or the configuration.
import { loadConfig, type LoadResult } from '../config/load.ts';
import { mistakeText } from '../config/mistakes.ts';
import { CommandFailure, line, type Surroundings } from './command.ts';

/** A configuration that came from a file. */
export type LoadedFile = Extract<LoadResult, { ok: true }>;

/** @throws CommandFailure with exit code 1, after every mistake has been written */
export function loadOrFail(file: string, { env, stderr }: Surroundings): LoadedFile {
  const loaded = loadConfig(file, { env });
  if (loaded.ok) return loaded;
  for (const mistake of loaded.mistakes) line(stderr, mistakeText(mistake));
  const count = loaded.mistakes.length;
  throw new CommandFailure(`${file} has ${count} ${count === 1 ? 'mistake' : 'mistakes'}`);
}
