// What operators order: start, pause, resume, promote, abort. Pure. No guard holds an order back; what cannot be carried
// out is refused with the reason.
import type { Decision, Order } from './decision.ts';
import { describeMisfits, type Facts } from './facts.ts';
import { complete, enter, giveUp, goOn, nextStep, pause, refused, weightOf, type Cause } from './moves.ts';
import { dialOf } from './place.ts';
import { stepAt, stepFrom, stepName, type Plan } from './plan.ts';
import { isUnderway, type Status, type Underway } from './status.ts';

export function carryOut(plan: Plan, status: Status, order: Order, facts: Facts): Decision {
  switch (order.order) {
    case 'start':
      return start(plan, status, order, facts);
    case 'abort':
      return abort(status, order, facts);
    case 'pause':
    case 'resume':
    case 'promote':
      return isUnderway(status)
        ? underway[order.order](plan, status, order, facts)
        : refused(`no rollout is under way: it is ${status.state}`);
  }
}

function start(plan: Plan, status: Status, order: Order, facts: Facts): Decision {
  if (isUnderway(status))
    return refused(`a rollout is under way: ${status.state} at ${stepName(plan, status.step)}`);
  if (facts.oldService === 'none') return refused(`${noOldService} to move calls away from`);
  const coolMs = status.state === 'aborted' ? status.sinceMs + plan.coolDownMs - facts.nowMs : 0;
  if (coolMs > 0 && !order.force) {
    return refused(
      `the last rollout was aborted: cooling down for another ${minutes(coolMs)}; force overrides`,
    );
  }
  const weight = weightOf(facts.dial);
  const highest = plan.steps.at(-1)?.gatewayPercent ?? 0;
  const step = stepFrom(plan, weight);
  if (step === undefined || weight === highest) {
    return refused(`the weight is ${weight} % and the last step is ${highest} %: there is nothing to raise`);
  }
  const run = Math.max(status.run + 1, facts.nowMs);
  const how = { kind: 'rollout-start', run, ...causeOf(order, 'started') } as const;
  return obstacle(plan, step, order, facts) ?? enter(plan, status, step, facts, how);
}

function abort(status: Status, order: Order, facts: Facts): Decision {
  if (status.state === 'idle' || status.state === 'aborted') {
    return refused(
      `no rollout is under way: it is ${status.state}; to move everything back, set the weight to 0 for all`,
    );
  }
  if (facts.oldService === 'none') return refused(`${noOldService} to move calls back to`);
  const decision = giveUp(status, facts, causeOf(order, 'aborted'), order.force);
  return decision.kind === 'unchanged'
    ? refused('the abort waits for the old service to answer; force moves everything back at once')
    : decision;
}

type Carrying = (plan: Plan, status: Underway, order: Order, facts: Facts) => Decision;

const underway = { pause: pauseIt, resume, promote } as const satisfies Record<string, Carrying>;

function pauseIt(_plan: Plan, status: Underway, order: Order, facts: Facts): Decision {
  if (status.state === 'paused') return refused('the rollout is paused already');
  return awaitsAbort(status) ?? pause(status, facts, causeOf(order, 'paused'));
}

function promote(plan: Plan, status: Underway, order: Order, facts: Facts): Decision {
  if (status.state === 'paused') return refused('the rollout is paused: resume it first');
  const awaited = awaitsAbort(status);
  if (awaited !== undefined) return awaited;
  const state = dialOf(status, facts.dial);
  if (state === 'turned') return refused('the weight was set otherwise meanwhile: resume goes on from there');
  const at = stepAt(plan, status.gatewayPercent);
  if (state !== 'in-force' || at === undefined) {
    return refused(`${stepName(plan, status.step)} is not in force yet: try again in a moment`);
  }
  const here = { ...status, step: at };
  const cause = causeOf(order, 'promoted');
  if (plan.steps[at + 1] === undefined) return complete(here, facts, cause);
  return obstacle(plan, at + 1, order, facts) ?? nextStep(plan, here, facts, cause);
}

function resume(plan: Plan, status: Underway, order: Order, facts: Facts): Decision {
  const cause = causeOf(order, 'resumed');
  const how = { kind: 'rollout-resume', ...cause } as const;
  if (status.state === 'progressing')
    return refused('the rollout is progressing: there is nothing to resume');
  if (status.state === 'holding') {
    // What the guard has seen was seen by the operator too, and counts no longer.
    if (status.cause === 'old-service') return goOn(plan, status, facts, how, { run: status.run + 1 });
    if (status.cause === 'quota') return promote(plan, status, order, facts);
    return refused(`the rollout is not paused but holds (${status.cause}): promote goes on at once`);
  }
  if (facts.oldService === 'none') return refused(`${noOldService}: the gateway serves every call`);
  const state = dialOf(status, facts.dial);
  const at = stepAt(plan, status.gatewayPercent);
  if (state === 'stale') return refused('the weight was changed a moment ago: try again');
  if (state === 'in-force' && at !== undefined) {
    const pausedMs = Math.max(0, facts.nowMs - status.sinceMs);
    return goOn(plan, status, facts, how, { step: at, enteredAtMs: status.enteredAtMs + pausedMs });
  }
  const weight = weightOf(facts.dial);
  const step = stepFrom(plan, weight);
  if (step === undefined)
    return refused(`the weight is ${weight} %, above every step: abort, or lower it first`);
  const raises = (plan.steps[step]?.gatewayPercent ?? 0) > weight;
  const inTheWay = raises ? obstacle(plan, step, order, facts) : undefined;
  return inTheWay ?? enter(plan, status, step, facts, { ...how, run: status.run });
}

const noOldService = 'there is no old service (backends.legacy)';

/** Why the weight cannot be raised to a step; undefined when it can. */
function obstacle(plan: Plan, step: number, { force }: Order, facts: Facts): Decision | undefined {
  if (facts.breakerOpen)
    return refused('the gateway’s breaker is open: nothing is raised until it lets a call through');
  const misfits = facts.misfitsAt(plan.steps[step]?.gatewayPercent ?? 0);
  if (force || misfits.length === 0) return undefined;
  return refused(`${stepName(plan, step)} would not fit: ${describeMisfits(misfits)}; force goes on`);
}

function awaitsAbort(status: Underway): Decision | undefined {
  if (status.state !== 'holding' || status.cause !== 'old-service') return undefined;
  return refused(
    'an abort waits for the old service to answer: resume gives it up, abort with force does it now',
  );
}

function causeOf({ by, reason }: Order, fallback: string): Cause {
  return { by, reason: reason ?? fallback };
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`;
}
