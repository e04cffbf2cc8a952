// The one logger: structured lines on standard output or error, one object per line, or pretty for people.
// Redaction here is the last net; nothing should hand it a secret in the first place. A reader that has stalled costs
// lines, never calls or memory.
import { constants, openSync } from 'node:fs';
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.ts';

export interface LogDestination {
  readonly log: Logger;
  /** Writes out what is still buffered, for at most a second; to be awaited before the process ends. */
  readonly flush: () => Promise<void>;
}

/** Bytes that may wait for a slow reader; beyond it lines are dropped and counted. */
const longestBacklog = 4 * 1024 * 1024;
const flushTimeoutMs = 1_000;

const secretNames = ['signature', 'token', 'tokenData', 'secret', 'password', 'authorization'];
const censor = '***';
const redact = { paths: [...secretNames, '*.signature', '*.token', '*.secret'], censor };

/**
 * @param fd 1 for standard output, 2 for standard error
 */
export function createLog(options: Config['log'], fd: 1 | 2 = 1): LogDestination {
  const file = pino.destination({ dest: withoutBlocking(fd), sync: false, maxLength: longestBacklog });
  let dropped = 0;
  file.on('drop', () => (dropped += 1));
  file.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'log lines were dropped: whoever reads the log is too slow');
  });
  // A reader that is gone must not take the server with it.
  file.on('error', () => undefined);
  const stream =
    options.format === 'pretty' ? pretty({ destination: file, translateTime: 'SYS:HH:MM:ss.l' }) : file;
  const log = logTo(stream, options.level);
  const flush = async () => {
    const timeUp = new Promise((resolve) => setTimeout(resolve, flushTimeoutMs).unref());
    const written = new Promise((resolve) => {
      // Let the pretty printer, which is a stream of its own, hand over its last lines first.
      setImmediate(() => file.flush(resolve));
    });
    await Promise.race([written, timeUp]);
    // Else it would write the rest synchronously when the process ends, and wait for its reader for ever.
    file.destroy();
  };
  return { log, flush };
}

/**
 * The same file, pipe or terminal, opened so that a write to a full pipe fails at once and is tried again, rather than
 * block a thread that the process must wait for when it ends. Where that cannot be (a socket), as it came.
 */
function withoutBlocking(fd: 1 | 2): number {
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

/** A logger to a stream of the caller's, for programs that read the lines themselves. */
export function logTo(stream: DestinationStream, level: Config['log']['level']): Logger {
  return pino({ level, redact, base: null, timestamp }, stream);
}

/**
 * The same log for lines whose values are no objects. Looking for secrets inside of values is most of what a line costs:
 * 18 µs with it, 5 without.
 */
export function forFlatLines(log: Logger): Logger {
  return log.child({}, { redact: { paths: secretNames, censor } });
}

let stampedMs = NaN;
let stamp = '';

/** As pino's own `isoTime`, written once a millisecond. */
function timestamp(): string {
  const nowMs = Date.now();
  if (nowMs !== stampedMs) {
    stampedMs = nowMs;
    stamp = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return stamp;
}
