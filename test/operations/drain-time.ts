// How long whoever runs the proxy must leave it to end (SPEC section 4): drain.delay, deadline, 5 s.
import type { Config } from '../../src/config/config.ts';

export function secondsToDrain({ drain, deadlineMs }: Pick<Config, 'drain' | 'deadlineMs'>): number {
  return (drain.delayMs + deadlineMs) / 1_000 + 5;
}
