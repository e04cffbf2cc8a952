// The rollout's only transition: what it was told and what is the case, to what it decides. Pure; carries nothing out.
import type { Decision, RolloutEvent } from './decision.ts';
import { describeMisfits, type Facts } from './facts.ts';
import {
  byItself,
  complete,
  enter,
  giveUp,
  goOn,
  hold,
  nextStep,
  pause,
  unchanged,
  weightOf,
} from './moves.ts';
import { carryOut } from './orders.ts';
import { dialOf } from './place.ts';
import { stepAt, stepName, type Plan } from './plan.ts';
import { isUnderway, type Status, type Underway } from './status.ts';
import { describeFailure, describeNeed } from './summary.ts';

/** Within it, an order for the dial may still be on its way: longer than a store takes. */
const graceMs = 2_000;

export function advance(plan: Plan, status: Status, event: RolloutEvent, facts: Facts): Decision {
  switch (event.kind) {
    case 'order':
      return carryOut(plan, status, event, facts);
    case 'tripped': {
      // A last step may have been completed by the calls before those that failed.
      if (status.run !== event.run || status.state === 'idle' || status.state === 'aborted') return unchanged;
      return giveUp(status, facts, byItself(describeFailure(event.failure)), false);
    }
    case 'tick':
      return isUnderway(status) ? tick(plan, status, facts) : unchanged;
  }
}

/** First what the guard says, then whether the step is in force at all, then whether it is over. */
function tick(plan: Plan, status: Underway, facts: Facts): Decision {
  if (status.state === 'holding' && status.cause === 'old-service') {
    if (facts.oldService !== 'answers') return unchanged;
    return giveUp(status, facts, byItself(`the old service answers again; ${status.due}`), false);
  }
  if (facts.verdict.kind === 'fails') {
    return giveUp(status, facts, byItself(describeFailure(facts.verdict)), false);
  }
  if (status.state === 'paused') return unchanged;
  switch (dialOf(status, facts.dial)) {
    case 'stale':
      return unchanged;
    case 'waiting':
      return orderAgain(plan, status, facts);
    case 'turned': {
      const weight = `the weight was set to ${weightOf(facts.dial)} % meanwhile, not by this rollout`;
      return pause(status, facts, byItself(`${weight}; resume goes on from there`));
    }
    case 'in-force':
      return atStep(plan, status, facts);
  }
}

/** Whoever ordered the step's weight has not brought it to the dial, and may be dead. */
function orderAgain(plan: Plan, status: Underway, facts: Facts): Decision {
  const at = stepAt(plan, status.gatewayPercent);
  if (at === undefined) return withoutStep(status, facts);
  if (facts.breakerOpen || Math.abs(facts.nowMs - status.enteredAtMs) < graceMs) return unchanged;
  const again = byItself(`${stepName(plan, at)}: its weight did not reach the dial and is ordered again`);
  return enter(plan, status, at, facts, { kind: 'rollout-step', run: status.run, ...again });
}

function withoutStep(status: Underway, facts: Facts): Decision {
  const gone = `the configuration has no step of ${status.gatewayPercent} % any more`;
  return pause(status, facts, byItself(`${gone}; resume goes on with the next above it`), true);
}

function atStep(plan: Plan, status: Underway, facts: Facts): Decision {
  const at = stepAt(plan, status.gatewayPercent);
  if (at === undefined) return withoutStep(status, facts);
  if (facts.oldService === 'none') {
    return pause(
      status,
      facts,
      byItself('there is no old service any more: the gateway serves every call'),
      true,
    );
  }
  if (at !== status.step) {
    const reason = `the configuration was changed: this is ${stepName(plan, at)} now`;
    return goOn(plan, status, facts, { kind: 'rollout-go-on', ...byItself(reason) }, { step: at });
  }
  const holdMs = plan.steps[at]?.hold ?? 0;
  if (holdMs === 'manual') return hold(status, 'manual', facts, byItself('waits for somebody to promote'));
  if (facts.nowMs - status.enteredAtMs < holdMs) {
    if (status.state === 'progressing') return unchanged;
    return goOn(plan, status, facts, { kind: 'rollout-go-on', ...byItself('the hold of this step goes on') });
  }
  return atEndOfHold(plan, status, facts);
}

function atEndOfHold(plan: Plan, status: Underway, facts: Facts): Decision {
  const { verdict, breakerOpen, misfitsAt } = facts;
  if (verdict.kind === 'need-more-data') {
    const need = describeNeed(verdict.calls);
    const reason = verdict.cause === 'few' ? need : `${need} to outweigh its errors`;
    return hold(status, 'data', facts, byItself(reason));
  }
  if (breakerOpen) return hold(status, 'breaker', facts, byItself('the gateway’s breaker is open'));
  const next = plan.steps[status.step + 1];
  if (next === undefined) return complete(status, facts, byItself('the last step held'));
  const misfits = misfitsAt(next.gatewayPercent);
  if (misfits.length > 0) {
    const reason = `${stepName(plan, status.step + 1)} would not fit: ${describeMisfits(misfits)}; force goes on`;
    return hold(status, 'quota', facts, byItself(reason));
  }
  return nextStep(plan, status, facts, byItself('the step before held'));
}
