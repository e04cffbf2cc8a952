// The highest value since any moment, in a few steps: each is the highest of what came after the step before it. Pure.

export interface Step {
  readonly value: number;
  /** ms since epoch. */
  readonly atMs: number;
}

/** Later steps are lower. */
export type Staircase = readonly Step[];

export const mostSteps = 8;

/** @param step not before the last step */
export function raise(stairs: Staircase, step: Step, oldestMs: number): Staircase {
  const higher = stairs.filter(({ value, atMs }) => value > step.value && atMs >= oldestMs);
  return thinned([...higher, step]);
}

export function highestSince(stairs: Staircase, sinceMs: number): Step | undefined {
  return stairs.find(({ atMs }) => atMs >= sinceMs);
}

/** The staircase of what both have seen. */
export function together(one: Staircase, other: Staircase): Staircase {
  return [...one, ...other]
    .sort((a, b) => a.atMs - b.atMs)
    .reduce<Staircase>((stairs, step) => raise(stairs, step, 0), []);
}

/** Leaves out the step whose loss changes least; the highest and the latest stay. */
function thinned(stairs: readonly Step[]): Staircase {
  if (stairs.length <= mostSteps) return stairs;
  let [least, smallest] = [1, Infinity];
  for (let at = 1; at < stairs.length - 1; at += 1) {
    const loss = (stairs[at]?.value ?? 0) - (stairs[at + 1]?.value ?? 0);
    if (loss < smallest) [least, smallest] = [at, loss];
  }
  return stairs.filter((_, at) => at !== least);
}
