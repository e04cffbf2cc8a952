// When a breaker opens, and for how long. Pure; the machine that obeys is in breaker.ts.
import type { FaultCounts } from './fault-counts.ts';

/** SPEC section 3, `breaker`. */
export interface BreakerOptions {
  /** So many faults in a row open. */
  readonly consecutive: number;
  /** So many percent of the calls within the window open, once there are enough calls. */
  readonly errorPercent: number;
  /** Calls within the window below which their rate says nothing. */
  readonly minCalls: number;
  readonly windowMs: number;
  /** How long it stays open the first time, ms; twice as long after each probe that fails. */
  readonly openForMs: number;
  /** How long it stays open at most before the next probe, ms. */
  readonly openAtMostMs: number;
}

/**
 * To be asked after each fault.
 * @param counts that fault included
 * @returns why to open, for people; undefined while there is no reason
 */
export function whyOpen({ calls, faults, inARow }: FaultCounts, options: BreakerOptions): string | undefined {
  const { consecutive, errorPercent, minCalls, windowMs } = options;
  if (inARow >= consecutive) return `faults in a row: ${inARow}`;
  if (calls < minCalls || faults * 100 < calls * errorPercent) return undefined;
  return `faults among the ${calls} calls of the last ${windowMs / 1_000} s: ${faults}`;
}

/**
 * How long to stay open, ms.
 * @param failedProbes in a row, since it first opened
 */
export function openMs(failedProbes: number, { openForMs, openAtMostMs }: BreakerOptions): number {
  return Math.min(openForMs * 2 ** failedProbes, openAtMostMs);
}
