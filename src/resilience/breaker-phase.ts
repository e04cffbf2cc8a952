// The phases that a breaker goes through, and what can be read off one at a moment. Pure; breaker.ts moves between them.

export type BreakerState = 'closed' | 'half_open' | 'open';

export type Phase =
  | { readonly state: 'closed'; readonly sinceMs: number }
  | (Opened & { readonly state: 'open'; readonly untilMs: number })
  | HalfOpen;

export interface HalfOpen extends Opened {
  readonly state: 'half_open';
  /** When the probe under way began; undefined while there is none. */
  readonly probeSinceMs: number | undefined;
}

export interface Opened {
  readonly sinceMs: number;
  /** Why it opened in the first place, for people. */
  readonly why: string;
  /** Since it opened in the first place. */
  readonly failedProbes: number;
}

/** Nobody enters while it is open. */
export type Admitting = Exclude<Phase, { readonly state: 'open' }>;

export interface BreakerReading {
  readonly state: BreakerState;
  /** When this state began, on the breaker's clock, ms. */
  readonly sinceMs: number;
  /** Unless closed: why it opened, for people. */
  readonly why?: string;
  /** Unless closed: probes that have failed since it opened. */
  readonly failedProbes?: number;
  /** With `open`: when it will be half open, on the breaker's clock, ms. */
  readonly probeAtMs?: number;
}

/** A probe that has not reported after this long is taken for lost, and the next one may enter, ms. */
export const lostProbeAfterMs = 10_000;

/** For how long a call would be refused, as far as is known now, ms; 0: it would not be. */
export function refusesForMs(phase: Phase, nowMs: number): number {
  switch (phase.state) {
    case 'closed':
      return 0;
    case 'open':
      return Math.max(0, phase.untilMs - nowMs);
    case 'half_open':
      return phase.probeSinceMs === undefined
        ? 0
        : Math.max(0, phase.probeSinceMs + lostProbeAfterMs - nowMs);
  }
}

/** Half open begins when the time is over, called or not: whoever waits for the breaker to heal is to see it. */
export function readingOf(phase: Phase, nowMs: number): BreakerReading {
  if (phase.state === 'closed') return phase;
  const { state, sinceMs, why, failedProbes } = phase;
  if (phase.state === 'half_open') return { state, sinceMs, why, failedProbes };
  const { untilMs } = phase;
  if (nowMs >= untilMs) return { state: 'half_open', sinceMs: untilMs, why, failedProbes };
  return { state, sinceMs, why, failedProbes, probeAtMs: untilMs };
}
