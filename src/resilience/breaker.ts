// One circuit breaker: closed, open for a while, then half open with one probe at a time. What counts as a fault is
// judged by its callers, when to open by the rule; it has no timer: time passes when somebody asks.
// Ours because cockatiel 4 wants Node 22 and its 3.x lets other calls wait for the probe, and opossum knows no faults
// in a row.
import { readingOf, refusesForMs } from './breaker-phase.ts';
import type { Admitting, BreakerReading, BreakerState, HalfOpen, Opened, Phase } from './breaker-phase.ts';
import { openMs, whyOpen, type BreakerOptions } from './breaker-rule.ts';
import { createFaultCounter } from './fault-counts.ts';

/** What the end of a call says of who was called; `neutral`: nothing. */
export type Verdict = 'success' | 'fault' | 'neutral';

/** A call that was let through. */
export interface Attempt {
  /** To be called when the call has ended, however it ended. Only the first time counts. */
  settle(verdict: Verdict): void;
}

export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** For people. */
  readonly why: string;
}

export interface Breaker {
  /** Whether a call would be refused now: for those who would have to wait for something before they call. */
  isOpen(): boolean;
  /** After how long a call that is refused now is worth another try, ms; 0 when it would not be refused. */
  retryAfterMs(): number;
  /** Lets a call through, or returns undefined: then it must not be made. Never refuses while closed. */
  enter(): Attempt | undefined;
  reading(): BreakerReading;
  /** New options hold from now on; the state stays. */
  configure(options: BreakerOptions): void;
}

export interface BreakerSurroundings {
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** Told after each change. Of half open it hears with the first probe, though the reading says so earlier. */
  readonly changed: (change: BreakerChange) => void;
}

export function createBreaker(
  initialOptions: BreakerOptions,
  { monotonicMs, changed }: BreakerSurroundings,
): Breaker {
  let options = initialOptions;
  let counter = createFaultCounter(options.windowMs, monotonicMs);
  let phase: Phase = { state: 'closed', sinceMs: monotonicMs() };

  const move = (next: Phase, why: string): void => {
    const { state: from } = phase;
    phase = next;
    changed({ from, to: next.state, why });
  };
  const open = ({ why, failedProbes }: Pick<Opened, 'why' | 'failedProbes'>, whyNow: string): void => {
    const sinceMs = monotonicMs();
    const untilMs = sinceMs + openMs(failedProbes, options);
    move({ state: 'open', sinceMs, untilMs, why, failedProbes }, whyNow);
  };

  const settleCall = (verdict: Verdict): void => {
    if (verdict === 'neutral') return;
    const counts = counter.note(verdict);
    const why = verdict === 'fault' ? whyOpen(counts, options) : undefined;
    if (why !== undefined) open({ why, failedProbes: 0 }, why);
  };
  const settleProbe = (began: HalfOpen, verdict: Verdict): void => {
    switch (verdict) {
      case 'success':
        counter = createFaultCounter(options.windowMs, monotonicMs);
        return move({ state: 'closed', sinceMs: monotonicMs() }, 'a probe succeeded');
      case 'fault':
        return open({ why: began.why, failedProbes: began.failedProbes + 1 }, 'a probe failed');
      case 'neutral':
        phase = { ...began, probeSinceMs: undefined };
    }
  };
  const attemptIn = (began: Admitting): Attempt => {
    let isSettled = false;
    return {
      settle: (verdict) => {
        // What ends in a later phase than it began in comes too late to say anything.
        if (isSettled || began !== phase) return;
        isSettled = true;
        if (began.state === 'closed') settleCall(verdict);
        else settleProbe(began, verdict);
      },
    };
  };

  return {
    isOpen: () => refusesForMs(phase, monotonicMs()) > 0,
    retryAfterMs: () => {
      const waitMs = refusesForMs(phase, monotonicMs());
      // How long a probe takes nobody knows; if it fails, it will be at least so long.
      return phase.state === 'half_open' ? Math.min(waitMs, options.openForMs) : waitMs;
    },
    enter: () => {
      const nowMs = monotonicMs();
      if (refusesForMs(phase, nowMs) > 0) return undefined;
      if (phase.state === 'closed') return attemptIn(phase);
      const { why, failedProbes } = phase;
      const sinceMs = phase.state === 'open' ? phase.untilMs : phase.sinceMs;
      const probing: HalfOpen = { state: 'half_open', sinceMs, why, failedProbes, probeSinceMs: nowMs };
      if (phase.state === 'open') move(probing, 'a call is let through as a probe');
      else phase = probing;
      return attemptIn(probing);
    },
    reading: () => readingOf(phase, monotonicMs()),
    configure: (next) => {
      if (next.windowMs !== options.windowMs) counter = createFaultCounter(next.windowMs, monotonicMs);
      options = next;
      if (phase.state === 'open') {
        phase = { ...phase, untilMs: Math.min(phase.untilMs, phase.sinceMs + next.openAtMostMs) };
      }
    },
  };
}
