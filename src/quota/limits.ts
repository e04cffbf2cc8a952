// What a limit in calls per second means in whole calls and milliseconds. Pure; counts nothing.

/** A call counts for one second at the gateway (PROTOCOL section 2, limits). */
const secondMs = 1_000;
/** How much longer a call counts here, ms: the gateway judges by another clock, and may round the moments that it notes. */
export const guardMs = 2;
/** Keeps a share such as 2.9999999999999996 from losing a call. */
const rounding = 1e-9;

/** What is left of a limit, calls/s. */
export function lessHeadroom(callsPerSecond: number, headroomPercent: number): number {
  return (callsPerSecond * (100 - headroomPercent)) / 100;
}

/** Calls that may count at a time: whole ones, at least one. A share below one call is stretched by `spanMsOf`. */
export function callsOf(limit: number): number {
  return Math.max(1, Math.floor(limit + rounding));
}

/**
 * How long a call counts, ms: a second. With a limit below one call per second (5 revokes shared by 10 replicas) the one
 * call counts for longer, so that this process keeps its share on average; several replicas may then still meet in the
 * same second, which no replica can know without a shared store.
 */
export function spanMsOf(limit: number): number {
  return (limit + rounding < 1 ? secondMs / limit : secondMs) + guardMs;
}
