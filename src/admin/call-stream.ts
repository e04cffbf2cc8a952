// One listener of `GET /api/calls` as server-sent events. Writes in small batches, so that a busy proxy is not slowed
// down by who watches it, and drops what a slow reader cannot take: bounded, and said so.
import type { CallFeed } from './call-feed.ts';

/** What is asked of a response; Node's own is one. */
export interface EventSink {
  readonly writableNeedDrain: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  write(text: string): unknown;
  end(text?: string): unknown;
  once(event: 'close', listener: () => void): unknown;
}

export interface StreamRules {
  /** Events that wait for the next batch, or for a slow reader; what comes beyond is dropped and counted. */
  readonly mostWaiting: number;
  readonly batchMs: number;
  /** A comment this often, so that whoever is between does not think the connection dead. */
  readonly heartbeatMs: number;
  /** Then the client asks again: a token that was withdrawn does not listen for ever. */
  readonly longestMs: number;
}

export const usualRules: StreamRules = {
  mostWaiting: 500,
  batchMs: 100,
  heartbeatMs: 10_000,
  longestMs: 600_000,
};

/**
 * Streams until the reader leaves, the feed ends or the time is up. Events: `call`, `dropped` with `{count}`, `end`.
 * @returns whether there was room to listen; nothing was written where there was not
 */
export function streamCalls(feed: CallFeed, sink: EventSink, rules: StreamRules = usualRules): boolean {
  let waiting: string[] = [];
  let dropped = 0;
  let ended = false;

  const flush = (): void => {
    if (ended || sink.writableNeedDrain || (waiting.length === 0 && dropped === 0)) return;
    const text = waiting.join('') + (dropped === 0 ? '' : `event: dropped\ndata: {"count":${dropped}}\n\n`);
    waiting = [];
    dropped = 0;
    sink.write(text);
  };
  const settle = (): boolean => {
    if (ended) return false;
    ended = true;
    stopListening?.();
    clearInterval(batches);
    clearInterval(heartbeat);
    clearTimeout(timeUp);
    return true;
  };
  const end = (): void => {
    flush();
    if (settle()) sink.end('event: end\ndata: {}\n\n');
  };

  const stopListening = feed.listen({
    call: (event) => {
      if (waiting.length >= rules.mostWaiting) dropped += 1;
      else waiting.push(`event: call\ndata: ${event}\n\n`);
    },
    end,
  });
  if (stopListening === undefined) return false;
  const batches = setInterval(flush, rules.batchMs).unref();
  const heartbeat = setInterval(() => {
    if (!sink.writableNeedDrain) sink.write(': still here\n\n');
  }, rules.heartbeatMs).unref();
  const timeUp = setTimeout(end, rules.longestMs).unref();
  sink.once('close', settle);
  sink.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  sink.write('retry: 1000\n\n');
  return true;
}
