// Durations as operators write them: `250ms`, `5s`, `10m`, `2h`, `1d`. Pure.
// One number and one unit, no sums and no fractions: what is written is what is shown back.

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitsMs;

const form = /^(\d{1,10})(ms|s|m|h|d)$/;
const largestFirst: readonly Unit[] = ['d', 'h', 'm', 's', 'ms'];

/** Timers in Node hold 31 bits of ms (about 24.8 days) and fire at once beyond that. */
export const longestDurationMs = 24 * unitsMs.d;

/**
 * Reads a duration.
 * @returns ms, or undefined where the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const ms = Number(match[1]) * unitsMs[match[2] as Unit];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/**
 * Writes a duration in the largest unit that divides it.
 * @param ms a whole number, 0 or more
 */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const unit = largestFirst.find((candidate) => ms % unitsMs[candidate] === 0) ?? 'ms';
  return `${ms / unitsMs[unit]}${unit}`;
}
