// Tells when the configuration file has new content. A touch or a rewrite with the same bytes is no change.
// It neither reads the configuration nor decides what to do: whoever is called loads the file anew.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { pollEvery, stampOf } from './polling.ts';
import { largestConfigBytes } from './read-file.ts';

const defaultIntervalMs = 1000;

export interface WatchOptions {
  /** Of the configuration in force (`contentHash` of `loadConfig`), so that no change slips between load and watch. */
  readonly contentHash: string;
  readonly onChange: () => void;
  /** Between two looks, ms. A change counts once two looks in a row see the same file: writers take their time. */
  readonly intervalMs?: number;
}

export interface ConfigWatch {
  /** Looks once, now. Never rejects unless `onChange` throws. */
  poll(): Promise<void>;
  close(): void;
}

/** SHA-256 of a configuration file's bytes, hex. */
export function contentHashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Watches a configuration file until closed, without keeping the process alive. A vanished file is waited for. */
export function watchConfig(file: string, options: WatchOptions): ConfigWatch {
  let closed = false;
  let hash = options.contentHash;
  let settled: string | undefined;
  let moving: string | undefined;

  const poll = async (): Promise<void> => {
    const stats = await stat(file, { bigint: true }).catch(() => undefined);
    if (stats === undefined || !stats.isFile()) return;
    const stamp = stampOf(stats);
    if (stamp === settled) return;
    if (stamp !== moving) {
      moving = stamp;
      return;
    }
    // Too large a file is refused by whoever loads it; its stamp stands for content that must not be read here.
    const content =
      stats.size > largestConfigBytes ? Buffer.from(stamp) : await readFile(file).catch(() => undefined);
    if (content === undefined || closed) return;
    settled = stamp;
    const found = contentHashOf(content);
    if (found === hash) return;
    hash = found;
    options.onChange();
  };

  const polling = pollEvery(options.intervalMs ?? defaultIntervalMs, poll);
  return {
    poll,
    close() {
      closed = true;
      polling.close();
    },
  };
}
