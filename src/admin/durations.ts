// Durations counted into classes of a fixed ratio, so that a percentile costs no list of samples. Right to about 10 %.

const shortestMs = 0.1;
const ratio = 1.2;

/** Classes from 0.1 ms to beyond 10 s; the first and the last hold what lies outside. */
export const durationClasses = 66;

const logRatio = Math.log(ratio);

/** @returns the class of a duration, 0 to {@link durationClasses} - 1 */
export function durationClassOf(ms: number): number {
  if (!(ms > shortestMs)) return 0;
  return Math.min(durationClasses - 1, 1 + Math.floor(Math.log(ms / shortestMs) / logRatio));
}

/**
 * @param count how many durations a class holds
 * @param share 0.5 for the median
 * @returns ms, the geometric middle of the class; null when there are none
 */
export function percentileMs(count: (durationClass: number) => number, share: number): number | null {
  let all = 0;
  for (let each = 0; each < durationClasses; each += 1) all += count(each);
  if (all === 0) return null;
  const rank = Math.max(1, Math.ceil(all * share));
  let seen = 0;
  for (let each = 0; each < durationClasses; each += 1) {
    seen += count(each);
    if (seen >= rank) return middleOf(each);
  }
  return null;
}

function middleOf(durationClass: number): number {
  const ms = durationClass === 0 ? shortestMs : shortestMs * ratio ** (durationClass - 0.5);
  return Number(ms.toPrecision(2));
}
