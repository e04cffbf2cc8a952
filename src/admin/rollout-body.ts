// How the rollout looks in answers: steps counted from 1 as people do, times as ISO strings, holds in seconds. Pure.
import type { RolloutReading } from './rollout-sources.ts';
import type { Scope } from './sources.ts';

export function rolloutBody(reading: RolloutReading, scope: Scope): object {
  const { state, cause, steps, gatewayPercent, reason, by, evidence, version, drives, problem } = reading;
  const { sinceMs, heldUntilMs, coolsUntilMs } = reading;
  return {
    state,
    cause,
    step: stepNumber(reading.step),
    steps: steps.map(({ hold, ...step }) => ({
      ...step,
      ...(hold !== undefined && { hold: hold === 'manual' ? hold : hold / 1000 }),
    })),
    gatewayPercent,
    reason,
    by,
    since: sinceMs === 0 ? null : iso(sinceMs),
    heldUntil: heldUntilMs === undefined ? undefined : iso(heldUntilMs),
    coolsUntil: coolsUntilMs === undefined ? undefined : iso(coolsUntilMs),
    evidence,
    version,
    drives,
    problem,
    scope,
  };
}

export function shortRollout({
  state,
  step,
  gatewayPercent,
  reason,
}: Pick<RolloutReading, 'state' | 'step' | 'gatewayPercent' | 'reason'>): object {
  return { state, step: stepNumber(step), gatewayPercent, reason };
}

/** @param index null before the first rollout */
export function stepNumber(index: number | null): number | null {
  return index === null ? null : index + 1;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
