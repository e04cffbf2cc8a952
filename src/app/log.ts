// The one logger: structured lines on standard output or error, one object per line, or pretty for people.
// Redaction here is the last net; nothing should hand it a secret in the first place.
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.ts';

export interface LogDestination {
  readonly log: Logger;
  /** Writes out what is still buffered; to be called before the process ends. */
  readonly flush: () => void;
}

const redact = {
  paths: [
    'signature',
    'token',
    'tokenData',
    'secret',
    'password',
    'authorization',
    '*.signature',
    '*.token',
    '*.secret',
  ],
  censor: '***',
};

/**
 * @param fd 1 for standard output, 2 for standard error
 */
export function createLog(options: Config['log'], fd: 1 | 2 = 1): LogDestination {
  const settings = { level: options.level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (options.format === 'pretty') {
    const stream = pretty({ destination: fd, sync: true, translateTime: 'SYS:HH:MM:ss.l' });
    return { log: pino(settings, stream), flush: () => undefined };
  }
  const stream = pino.destination({ dest: fd, sync: false });
  return { log: pino(settings, stream), flush: () => stream.flushSync() };
}

/** A logger to a stream of the caller's, for programs that read the lines themselves. */
export function logTo(stream: DestinationStream, level: Config['log']['level']): Logger {
  return pino({ level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
