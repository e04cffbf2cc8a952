// Whether a step's weight is in force, as far as the dial's reading tells. Pure.
import type { DialReading } from './facts.ts';
import type { Position } from './status.ts';

/**
 * `stale`: this replica has not heard of the dial's last change yet; `waiting`: the step's order has not reached the
 * dial; `in-force`; `turned`: somebody has set another weight since.
 */
export type DialPlace = 'stale' | 'waiting' | 'in-force' | 'turned';

export function dialOf({ gatewayPercent, dialVersion }: Position, dial: DialReading): DialPlace {
  if (dial.version < dialVersion) return 'stale';
  if (!dial.forced && dial.gatewayPercent === gatewayPercent) return 'in-force';
  return dial.version === dialVersion ? 'waiting' : 'turned';
}
