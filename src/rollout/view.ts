// What a rollout shows of itself, for people, metrics and the admin API. Derived; decides nothing.
import type { Plan } from './plan.ts';
import { isUnderway, type HoldCause, type RolloutState, type Status } from './status.ts';
import { describeNeed, type EvidenceSummary } from './summary.ts';

export interface RolloutView {
  readonly state: RolloutState;
  /** With `holding`: what it waits for. */
  readonly cause?: HoldCause;
  /** Index into the steps; null before the first rollout. Of an ended one, the step that it had come to. */
  readonly step: number | null;
  readonly steps: Plan['steps'];
  /** Of the step, percent; null before the first rollout. */
  readonly gatewayPercent: number | null;
  readonly reason: string;
  readonly by: string;
  /** When it came into this state, ms since epoch; 0 before the first rollout. */
  readonly sinceMs: number;
  /** When the hold of the step is over, ms since epoch, where a clock decides. */
  readonly heldUntilMs?: number;
  /** After an abort: when the next start needs no force, ms since epoch. */
  readonly coolsUntilMs?: number;
  readonly evidence: EvidenceSummary;
  /** Of the document. */
  readonly version: number;
  /** Whether this replica drives. */
  readonly drives: boolean;
  /** What is wrong with keeping it, for people; what is shown is in force all the same. */
  readonly problem?: string;
}

export interface ViewSources {
  readonly evidence: EvidenceSummary;
  readonly drives: boolean;
  readonly problem: string | undefined;
}

export function viewOf(plan: Plan, status: Status, { evidence, drives, problem }: ViewSources): RolloutView {
  const { state, by, sinceMs, version } = status;
  const place = status.state === 'idle' ? { step: null, gatewayPercent: null } : status;
  return {
    state,
    ...(status.state === 'holding' && { cause: status.cause }),
    step: place.step,
    steps: plan.steps,
    gatewayPercent: place.gatewayPercent,
    reason: reasonOf(status, evidence),
    by,
    sinceMs,
    ...heldUntil(plan, status),
    ...(state === 'aborted' && { coolsUntilMs: sinceMs + plan.coolDownMs }),
    evidence,
    version,
    drives,
    ...(problem !== undefined && { problem }),
  };
}

/** What was needed when the hold began is less by now. */
function reasonOf(status: Status, { callsNeeded }: EvidenceSummary): string {
  const isLive = status.state === 'holding' && status.cause === 'data' && callsNeeded !== undefined;
  return isLive ? describeNeed(callsNeeded) : status.reason;
}

function heldUntil(plan: Plan, status: Status): Pick<RolloutView, 'heldUntilMs'> {
  if (!isUnderway(status) || status.state === 'paused') return {};
  const { hold = 0 } = plan.steps[status.step] ?? {};
  return hold === 'manual' ? {} : { heldUntilMs: status.enteredAtMs + hold };
}
