// The moves that a rollout can make, as decisions: enter a step, hold, go on, pause, complete, give up. When to make
// which is decided in advance.ts and orders.ts.
import type { ChangeKind } from './change.ts';
import type { Decision, DialOrder } from './decision.ts';
import type { DialReading, Facts } from './facts.ts';
import { stepName, type Plan } from './plan.ts';
import type { Ended, Hold, Position, Status, Underway } from './status.ts';

/** Who makes a move, and why. */
export interface Cause {
  readonly by: string;
  readonly reason: string;
}

const byRollout = 'rollout';
/** The rollout itself. */
export const byItself = (reason: string): Cause => ({ by: byRollout, reason });

export const unchanged: Decision = { kind: 'unchanged' };

export function refused(why: string): Decision {
  return { kind: 'refused', why };
}

/** The weight that is in force, whatever it was set to. */
export function weightOf({ forced, gatewayPercent }: DialReading): number {
  return forced ? 0 : gatewayPercent;
}

/**
 * Goes to a step and orders its weight, if that is not in force.
 * @param how with the run whose evidence counts from now on
 */
export function enter(
  plan: Plan,
  before: Status,
  step: number,
  facts: Facts,
  how: Cause & { readonly kind: ChangeKind; readonly run: number },
): Decision {
  const { gatewayPercent = 0, hold } = plan.steps[step] ?? {};
  const { dial, nowMs } = facts;
  const position: Position = {
    step,
    gatewayPercent,
    entry: before.state === 'idle' ? 1 : before.entry + 1,
    enteredAtMs: nowMs,
    dialVersion: dial.version,
  };
  const { kind, run, by, reason } = how;
  const after = { ...common(before, facts, { by, reason }), run, ...position, ...atStep(hold) };
  const isInForce = !dial.forced && dial.gatewayPercent === gatewayPercent;
  const order: DialOrder = { kind: 'weight', gatewayPercent, ifVersion: dial.version };
  return moved(before, after, facts, { kind, ...(!isInForce && { dial: order }) });
}

export function nextStep(plan: Plan, status: Underway, facts: Facts, by: Cause): Decision {
  const step = status.step + 1;
  const reason = `${stepName(plan, step)}: ${by.reason}`;
  return enter(plan, status, step, facts, { kind: 'rollout-step', run: status.run, by: by.by, reason });
}

export function complete(status: Underway, facts: Facts, by: Cause): Decision {
  const after: Ended = { ...common(status, facts, by), ...positionOf(status), state: 'completed' };
  return moved(status, after, facts, { kind: 'rollout-complete' });
}

export function hold(
  status: Underway,
  cause: Exclude<Hold['cause'], 'old-service'>,
  facts: Facts,
  by: Cause,
): Decision {
  if (status.state === 'holding' && status.cause === cause) return unchanged;
  const after: Underway = { ...common(status, facts, by), ...positionOf(status), state: 'holding', cause };
  return moved(status, after, facts, { kind: 'rollout-hold' });
}

export function pause(status: Underway, facts: Facts, by: Cause, urgent = false): Decision {
  const after: Underway = { ...common(status, facts, by), ...positionOf(status), state: 'paused' };
  return moved(status, after, facts, { kind: 'rollout-pause', urgent });
}

/** Stays at the step, with what is different about it. */
export function goOn(
  plan: Plan,
  status: Underway,
  facts: Facts,
  how: Cause & { readonly kind: 'rollout-go-on' | 'rollout-resume' },
  different: Partial<Position & Pick<Underway, 'run'>> = {},
): Decision {
  const position = { ...positionOf(status), ...different };
  const { kind, by, reason } = how;
  const after: Underway = {
    ...common(status, facts, { by, reason }),
    ...position,
    ...atStep(plan.steps[position.step]?.hold),
  };
  return moved(status, after, facts, { kind });
}

/**
 * Everything back to the old service; unless that does not answer: moving clients there would be the real outage, so
 * that the weight stays until it does.
 * @param force whether it is moved there all the same
 */
export function giveUp(status: Underway | Ended, facts: Facts, by: Cause, force: boolean): Decision {
  if (force || facts.oldService === 'answers') {
    const after: Ended = { ...common(status, facts, by), ...positionOf(status), state: 'aborted' };
    return moved(status, after, facts, {
      kind: 'rollout-abort',
      urgent: by.by === byRollout,
      dial: { kind: 'all-back' },
    });
  }
  if (status.state === 'holding' && status.cause === 'old-service') return unchanged;
  const what =
    facts.oldService === 'none'
      ? 'there is no old service to go back to'
      : 'the old service does not answer, so that the weight stays until it does';
  const told = { by: by.by, reason: `must be aborted, but ${what}: ${by.reason}` };
  const waiting: Hold = { state: 'holding', cause: 'old-service', due: by.reason };
  const after: Underway = { ...common(status, facts, told), ...positionOf(status), ...waiting };
  return moved(status, after, facts, { kind: 'rollout-hold', urgent: true });
}

function atStep(stepHold: number | 'manual' | undefined): { readonly state: 'progressing' } | Hold {
  return stepHold === 'manual' ? { state: 'holding', cause: 'manual' } : { state: 'progressing' };
}

function common(before: Status, { nowMs }: Facts, { by, reason }: Cause) {
  return { version: before.version + 1, run: before.run, sinceMs: nowMs, by, reason };
}

function positionOf({ step, gatewayPercent, entry, enteredAtMs, dialVersion }: Position): Position {
  return { step, gatewayPercent, entry, enteredAtMs, dialVersion };
}

function moved(
  before: Status,
  after: Underway | Ended,
  { nowMs, dial: reading, evidence }: Facts,
  { kind, urgent = false, dial }: { kind: ChangeKind; urgent?: boolean; dial?: DialOrder },
): Decision {
  const from = weightOf(reading);
  const to = dial === undefined ? from : dial.kind === 'weight' ? dial.gatewayPercent : 0;
  const { by, reason, version, step } = after;
  const states = { fromState: before.state, toState: after.state };
  const change = { atMs: nowMs, by, reason, kind, from, to, version, ...states, step, urgent, evidence };
  return { kind: 'moved', status: after, change, ...(dial !== undefined && { dial }) };
}
