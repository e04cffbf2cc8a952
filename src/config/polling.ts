// Repeats an asynchronous look at the file system without ever keeping the process alive or overlapping itself.
// Polling, because change notifications are lost on network file systems and on the symlink swaps of Kubernetes.
import type { BigIntStats } from 'node:fs';

export interface Polling {
  close(): void;
}

/**
 * Runs `look` again and again, `intervalMs` after the end of the run before.
 * @param look must not reject
 */
export function pollEvery(intervalMs: number, look: () => Promise<void>): Polling {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = setTimeout(() => {
      void look().finally(() => {
        if (!closed) next();
      });
    }, intervalMs).unref();
  };
  next();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** What changes when a file's content may have: identity, times and size. */
export function stampOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
}
