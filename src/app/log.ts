// The one logger: structured lines on standard output or error, one object per line, or pretty for people.
// Redaction here is the last net; nothing should hand it a secret in the first place. A reader that has stalled costs
// lines, never calls or memory.
import { constants, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pino, type DestinationStream, type Logger } from 'pino';
import type pinoPretty from 'pino-pretty';
import type { Config } from '../config/config.ts';
import { inBatches } from './log-batches.ts';

export interface LogDestination {
  readonly log: Logger;
  /** Writes out what is still buffered, for at most a second; to be awaited before the process ends. */
  readonly flush: () => Promise<void>;
}

/** Bytes that may wait for a slow reader; beyond it lines are dropped and counted. */
const longestBacklog = 4 * 1024 * 1024;
const flushTimeoutMs = 1_000;

const secretNames = ['signature', 'token', 'tokenData', 'secret', 'password', 'authorization'];
const redact = { paths: [...secretNames, '*.signature', '*.token', '*.secret'], censor: '***' };

/**
 * @param fd 1 for standard output, 2 for standard error
 */
export function createLog(options: Config['log'], fd: 1 | 2 = 1): LogDestination {
  // With a least length of 0 its `flush` would wait for nothing.
  const dest = withoutBlocking(fd);
  const file = pino.destination({
    dest,
    sync: false,
    minLength: 1,
    maxLength: longestBacklog,
  });
  const lines = inBatches((text) => file.write(text));
  let dropped = 0;
  file.on('drop', (text: string) => (dropped += linesIn(text)));
  file.on('drain', () => {
    if (dropped === 0) return;
    const count = dropped;
    dropped = 0;
    log.warn({ lines: count }, 'log lines were dropped: whoever reads the log is too slow');
  });
  // A reader that is gone must not take the server with it.
  file.on('error', () => undefined);
  const stream = options.format === 'pretty' ? prettyTo(file) : lines;
  const log = logTo(stream, options.level);
  // Where nobody flushes: of an uncaught exception the last lines tell most. Behind what pino writes then.
  const atExit = (): void => writeNow(dest, lines.close());
  process.once('exit', atExit);
  const flush = async () => {
    const timeUp = new Promise((resolve) => setTimeout(resolve, flushTimeoutMs).unref());
    const written = new Promise((resolve) => {
      // Let the pretty printer, which is a stream of its own, hand over its last lines first.
      setImmediate(() => {
        lines.handOver();
        file.flush(resolve);
      });
    });
    await Promise.race([written, timeUp]);
    lines.close();
    process.removeListener('exit', atExit);
    // Else it would write the rest synchronously when the process ends, and wait for its reader for ever.
    file.destroy();
  };
  return { log, flush };
}

/** Loaded for people only: a server that logs JSON has no use for it. */
function prettyTo(destination: DestinationStream): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof pinoPretty;
  return pretty({ destination, translateTime: 'SYS:HH:MM:ss.l' });
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

/** Gives up where it would have to wait. */
function writeNow(file: number, text: string): void {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
  } catch {
    // Nobody is left to be told.
  }
}

/** A logger to a stream of the caller's, for programs that read the lines themselves. */
export function logTo(stream: DestinationStream, level: Config['log']['level']): Logger {
  return pino({ level, redact, base: null, timestamp }, stream);
}

export interface InfoLines {
  /** How a line that is written now begins, up to and with its time; undefined where its level is not logged. */
  begin(): string | undefined;
  /** @param line whole, with its end */
  write(line: string): void;
}

/** Ready lines of level info, to where a logger writes its own. Looks for no secrets in them. */
export function infoLines(log: Logger): InfoLines {
  const { [pino.symbols.streamSym]: stream } = log as Logger & Streamed;
  return {
    begin: () => (log.levelVal <= info ? `{"level":${info}${timestamp()}` : undefined),
    write: (line) => stream.write(line),
  };
}

/** pino's number of the level. */
const info = 30;

interface Streamed {
  readonly [pino.symbols.streamSym]: DestinationStream;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

let stampedSecond = NaN;
let stamp = '';

/** As pino's own `isoTime`; all but the milliseconds is written once a second. */
function timestamp(): string {
  const nowMs = Date.now();
  const second = Math.floor(nowMs / 1_000);
  if (second !== stampedSecond) {
    stampedSecond = second;
    stamp = `,"time":"${new Date(second * 1_000).toISOString().slice(0, -'000Z'.length)}`;
  }
  return `${stamp}${threeDigits(nowMs - second * 1_000)}Z"`;
}

function threeDigits(number: number): string {
  return `${number < 100 ? '0' : ''}${number < 10 ? '0' : ''}${number}`;
}
