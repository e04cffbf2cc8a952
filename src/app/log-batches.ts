// Collects the lines of the log that nobody waits for, so that many go out with one write: a write for each costs a
// thread's wake-up, and the stream behind it looks through all that it holds with each. Warnings go out at once, behind
// what was before them.
import type { DestinationStream } from 'pino';

export interface LogBatches extends DestinationStream {
  /** Writes what is collected. */
  handOver(): void;
  /** Nothing is written any more. @returns what is not written yet */
  close(): string;
}

const longestBatch = 8_192;
const longestWaitMs = 50;

/** @param write takes whole lines */
export function inBatches(write: (text: string) => void): LogBatches {
  let batch = '';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const take = (): string => {
    clearTimeout(timer);
    timer = undefined;
    const text = batch;
    batch = '';
    return text;
  };
  const handOver = (): void => {
    const text = take();
    if (text !== '') write(text);
  };
  return {
    write(line) {
      if (closed) return;
      batch += line;
      if (batch.length >= longestBatch || isUrgent(line)) handOver();
      else timer ??= setTimeout(handOver, longestWaitMs);
    },
    handOver,
    close() {
      closed = true;
      return take();
    },
  };
}

const levelAt = '{"level":'.length;
const warningDigit = '4'.charCodeAt(0);

/** Levels are 10, 20, up to 60; 40 is a warning. */
function isUrgent(line: string): boolean {
  return line.charCodeAt(levelAt) >= warningDigit;
}
