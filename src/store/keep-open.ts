// Keeps one connection open, whatever it is: opens the next when it ends, for ever, with a pause that grows and is never
// the same for all replicas. Knows no Redis.

export interface Openable {
  /** Resolves with the reason when it is of no more use. */
  readonly ended: Promise<unknown>;
  destroy(): void;
}

export interface KeepOpenOptions<Connection extends Openable> {
  /** Rejects when it cannot be opened now, leaving nothing behind. */
  readonly open: () => Promise<Connection>;
  readonly opened: (connection: Connection) => void;
  /** It could not be opened, or ended; the next attempt follows. */
  readonly failed: (reason: unknown) => void;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

export interface KeptOpen {
  /** Resolves when the first attempt has been made, whether it succeeded or not. */
  readonly tried: Promise<void>;
  close(): void;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** @param random between 0 and 1, so that replicas do not all come back at once. @returns ms */
export function pauseAfter(failures: number, random: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + random / 2);
}

export function keepOpen<Connection extends Openable>(options: KeepOpenOptions<Connection>): KeptOpen {
  const { open, opened, failed, random = Math.random } = options;
  let current: Connection | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function attempt(): Promise<void> {
    try {
      const connection = await open();
      if (closed) return connection.destroy();
      current = connection;
      failures = 0;
      void connection.ended.then((reason) => {
        current = undefined;
        connection.destroy();
        again(reason);
      });
      opened(connection);
    } catch (error) {
      again(error);
    }
  }

  function again(reason: unknown): void {
    if (closed) return;
    failed(reason);
    timer = setTimeout(() => void attempt(), pauseAfter(failures, random())).unref();
    failures += 1;
  }

  return {
    tried: attempt(),
    close() {
      closed = true;
      clearTimeout(timer);
      current?.destroy();
    },
  };
}
