// The last hour in steps of ten seconds, and the last ten seconds as they are now: what the console plots. This
// replica's own, in fixed memory; it decides nothing and is gone with the process.
import type { Backend } from '../metrics/metrics.ts';
import { backends, createTallyRing, type Tally } from './tally-ring.ts';

export type OutcomeName = 'ok' | 'rejected' | 'denied' | 'throttled' | 'fault';

/** One answered call, as far as the timeline goes. */
export interface TimelineCall {
  readonly operation: 'apply' | 'revoke' | 'query';
  readonly backend: Backend | 'none';
  readonly outcome: OutcomeName;
  readonly durationMs: number;
}

export interface BackendFigures extends Readonly<Record<OutcomeName, number>> {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface TimelinePoint {
  /** When the step began, ISO 8601, UTC. */
  readonly at: string;
  /** The weight, at the end of the step. */
  readonly gatewayPercent: number;
  /** Percent of the step's apply calls that the gateway answered, two decimals; null without calls. */
  readonly observedPercent: number | null;
  readonly backends: Readonly<Record<Backend | 'none', BackendFigures>>;
}

export interface TimelineNow extends TimelinePoint {
  readonly callsPerSecond: number;
  readonly backends: Readonly<Record<Backend | 'none', BackendFigures & { readonly callsPerSecond: number }>>;
}

export interface Timeline {
  /** Counts a call; costs a few additions. */
  answered(call: TimelineCall): void;
  /** The weight is another from now on, percent. */
  weightChanged(gatewayPercent: number): void;
  /** Whole steps, oldest first. @param most how many of the newest */
  points(most: number): readonly TimelinePoint[];
  /** Of the last ten whole seconds. */
  now(): TimelineNow;
}

export const stepSeconds = 10;
/** An hour. */
export const mostPoints = 360;
const liveSeconds = 10;

/** @param now ms since epoch */
export function createTimeline(now: () => number, gatewayPercent = 0): Timeline {
  const startedMs = now();
  // One more than is shown, each: the slot that is being filled.
  const steps = createTallyRing(mostPoints + 1);
  const seconds = createTallyRing(liveSeconds + 1);
  const weights = createWeights(gatewayPercent);
  const stepAt = (ms: number) => Math.floor(ms / (stepSeconds * 1000));
  const secondAt = (ms: number) => Math.floor(ms / 1000);

  return {
    answered(call) {
      const ms = now();
      steps.note(stepAt(ms), call);
      seconds.note(secondAt(ms), call);
    },
    weightChanged: (percent) => weights.changed(stepAt(now()), percent),
    points(most) {
      const current = stepAt(now());
      const first = Math.max(stepAt(startedMs), current - Math.min(most, mostPoints));
      return Array.from({ length: Math.max(0, current - first) }, (_, index) => {
        const step = first + index;
        const tallies = eachBackend((backend) => steps.read(backend, step));
        return {
          at: new Date(step * stepSeconds * 1000).toISOString(),
          gatewayPercent: weights.at(step),
          observedPercent: observedOf(tallies),
          backends: eachBackend((backend) => figuresOf(tallies[backend])),
        };
      });
    },
    now() {
      const second = secondAt(now());
      const from = Math.max(second - liveSeconds, secondAt(startedMs));
      const tallies = eachBackend((backend) => seconds.read(backend, from, second - 1));
      const perSecond = (calls: number) => round(calls / Math.max(1, second - from));
      return {
        at: new Date(from * 1000).toISOString(),
        gatewayPercent: weights.at(Infinity),
        observedPercent: observedOf(tallies),
        callsPerSecond: perSecond(backends.reduce((sum, backend) => sum + tallies[backend].calls, 0)),
        backends: eachBackend((backend) => ({
          ...figuresOf(tallies[backend]),
          callsPerSecond: perSecond(tallies[backend].calls),
        })),
      };
    },
  };
}

/** The weight of each step, from the changes of it: at most one is kept for a step, and no more steps than are shown. */
function createWeights(initial: number) {
  const changes: { step: number; percent: number }[] = [{ step: -Infinity, percent: initial }];
  return {
    changed(step: number, percent: number): void {
      const last = changes.at(-1);
      if (last?.step === step) last.percent = percent;
      else if (last?.percent !== percent) changes.push({ step, percent });
      // The last change before the hour tells the weight at its beginning.
      while (changes.length > 1 && (changes[1]?.step ?? 0) <= step - mostPoints) changes.shift();
    },
    at: (step: number): number => changes.findLast((change) => change.step <= step)?.percent ?? initial,
  };
}

type Tallies = Readonly<Record<Backend | 'none', Tally>>;

function eachBackend<Value>(make: (backend: Backend | 'none') => Value): Record<Backend | 'none', Value> {
  return { legacy: make('legacy'), gateway: make('gateway'), none: make('none') };
}

function figuresOf({ outcomes, p50Ms, p99Ms }: Tally): BackendFigures {
  return { ...outcomes, p50Ms, p99Ms };
}

function observedOf({ legacy, gateway }: Tallies): number | null {
  const all = legacy.applyCalls + gateway.applyCalls;
  return all === 0 ? null : round((gateway.applyCalls / all) * 100);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
