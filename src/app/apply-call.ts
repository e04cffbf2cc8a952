// An apply call: the split chooses who tries first, and under conditions the other side may try after it.
import type { SplitConfig } from '../config/config.ts';
import type { FailureCause, OutcomeClass } from '../gateway/gateway.ts';
import type { ApplyCall, Rejection } from '../legacy/call.ts';
import { parseCall } from '../legacy/parse.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { FallbackBudget } from '../resilience/fallback-budget.ts';
import { choose, weightFor, type Choice, type KeyFacts } from '../split/choose.ts';
import type { Dial } from '../split/dial.ts';
import type { FirstChoices } from './first-choices.ts';
import type { GatewayLeg, GatewayServed } from './gateway-leg.ts';
import type { KnownCall } from './incoming.ts';
import { keyFacts } from './key-facts.ts';
import { servedByLegacy, type LegacyLeg } from './legacy-leg.ts';
import { signatureMessage } from './refusals.ts';
import { refused, replied, type Served } from './served.ts';
import type { ShadowTap } from './shadow-tap.ts';

export interface ApplyDependencies {
  readonly gatewayLeg: GatewayLeg;
  readonly legacyLeg: LegacyLeg;
  readonly split: SplitConfig;
  readonly dial: Dial;
  readonly budget: FallbackBudget;
  readonly firstChoices: FirstChoices;
  readonly shadow: ShadowTap;
  readonly metrics: Pick<Metrics, 'fellBack' | 'possiblyLost' | 'decided'>;
  /** ms since epoch. */
  readonly now: () => number;
  /** Different with each call. */
  readonly randomId: () => string;
}

/** Failures after which nobody knows whether the call was carried out. */
const silent: ReadonlySet<FailureCause> = new Set(['timeout', 'broken', 'unreadable']);

/** Share of what is left of the deadline that the first try leaves for a fallback. */
export const fallbackShare = 1 / 3;

/** ms of the deadline that the first try leaves, where somebody else may try after it. */
function reserve(call: KnownCall, mayFallBack: boolean): number {
  return mayFallBack ? call.deadline.remainingMs() * fallbackShare : 0;
}

/** @param legacyUrl the account's old service, when there is one */
export function applyCall(
  call: KnownCall,
  legacyUrl: string | undefined,
  house: ApplyDependencies,
): Promise<Served> {
  const { dial, split, budget } = house;
  const facts = keyFacts(call, call.caller.account, {
    clientAddress: call.clientAddress,
    request: split.key.includes('request') ? house.randomId() : '',
  });
  const choice = choose(facts, split, dial.state(), legacyUrl !== undefined);
  budget.called();
  if (choice.backend === 'gateway' || legacyUrl === undefined) {
    return byGatewayFirst(call, choice, legacyUrl, house);
  }
  return byLegacyFirst(call, choice, legacyUrl, facts, house);
}

async function byGatewayFirst(
  call: KnownCall,
  choice: Choice,
  legacyUrl: string | undefined,
  house: ApplyDependencies,
): Promise<Served> {
  const wanted = judge(call, house);
  if ('kind' in wanted) return refused(wanted.code, wanted.message, choice);
  const mayFallBack = legacyUrl !== undefined && house.split.fallback.on.length > 0;
  const gateway = await house.gatewayLeg.apply(wanted, call.caller, call, reserve(call, mayFallBack));
  house.metrics.decided('gateway', choice.reason);
  house.firstChoices.gateway(choice.reason, gateway);
  // Whoever did not get an answer may still have been given a token.
  const { failure, reused } = gateway;
  if (failure !== undefined && reused === undefined && silent.has(failure.cause)) {
    house.metrics.possiblyLost('gateway');
  }
  if (mayFallBack && allowsFallback(call, gateway.outcome, house)) {
    const { outcome } = gateway;
    house.metrics.fellBack('apply', outcome);
    const second = await house.legacyLeg.attempt(call, legacyUrl);
    return servedByLegacy(call, second, chosen(choice, outcome));
  }
  return byGateway(gateway, choice);
}

async function byLegacyFirst(
  call: KnownCall,
  choice: Choice,
  legacyUrl: string,
  facts: KeyFacts,
  house: ApplyDependencies,
): Promise<Served> {
  const { split, dial } = house;
  house.metrics.decided('legacy', choice.reason);
  // At 0 no apply reaches the gateway, as a fallback neither.
  const mayFallBack = split.fallback.both && weightFor(facts, split, dial.state()) > 0;
  const first = await house.legacyLeg.attempt(call, legacyUrl, reserve(call, mayFallBack));
  house.firstChoices.legacy(choice.reason, first, { isGenuine: call.verdict.genuine, url: legacyUrl });
  if (first.outcome === 'fault' && first.mayHaveHappened) house.metrics.possiblyLost('legacy');
  if (mayFallBack && call.verdict.genuine && allowsFallback(call, first.outcome, house)) {
    const wanted = judge(call, house);
    if ('operation' in wanted) {
      const second = await house.gatewayLeg.apply(wanted, call.caller, call, 0);
      house.metrics.fellBack('apply', first.outcome);
      const kept = second.outcome === 'ok' || first.answer === undefined;
      return kept
        ? byGateway(second, choice, first.outcome)
        : servedByLegacy(call, first, chosen(choice, first.outcome));
    }
  }
  return house.shadow.follow(call, first, servedByLegacy(call, first, chosen(choice)));
}

/** The signature before the parameters, both before the gateway is asked. */
function judge(
  { operation, parameters, topics, verdict }: KnownCall,
  { now }: ApplyDependencies,
): ApplyCall | Rejection {
  if (!verdict.genuine) {
    return { kind: 'rejection', code: 407, message: signatureMessage(operation, parameters, verdict.why) };
  }
  const parsed = parseCall(operation, parameters, now(), topics);
  if ('operation' in parsed && parsed.operation !== 'apply') {
    throw new Error(`an apply call was parsed as ${parsed.operation}`);
  }
  return parsed;
}

/** Never for the caller's own mistakes, never beyond the budget, and not for a client that has left. */
function allowsFallback(
  { signal }: KnownCall,
  outcome: OutcomeClass,
  { split: { fallback }, budget }: ApplyDependencies,
): boolean {
  if (signal.aborted || outcome === 'ok' || outcome === 'rejected') return false;
  return fallback.on.includes(outcome) && budget.take(fallback.budgetPercent);
}

function byGateway(
  { reply, asked, outcome, reused, instanceId, failure }: GatewayServed,
  { reason, bucket, gatewayPercent }: Choice,
  fallbackFrom?: OutcomeClass,
): Served {
  const backend = asked ? 'gateway' : 'none';
  return replied(reply, {
    outcome,
    backend,
    reason,
    instanceId,
    bucket,
    gatewayPercent,
    failure,
    reused,
    fallbackFrom,
  });
}

function chosen({ reason, bucket, gatewayPercent }: Choice, fallbackFrom?: OutcomeClass) {
  return { reason, bucket, gatewayPercent, fallbackFrom };
}
