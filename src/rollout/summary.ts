// The evidence as it is shown, logged and kept with each transition: counts, rates, the statistic, the verdict. Derived;
// nothing decides by it.
import type { Evidence } from './evidence.ts';
import { callsOf, errorsOf, type Counts } from './outcome.ts';
import { judge, nearest, type Failure, type Grounds, type Verdict } from './verdict.ts';

/** Judged calls of one backend since the rollout began. */
export interface BackendSummary extends Counts {
  readonly calls: number;
  /** Faults and refused permissions among the calls, percent, two decimals; null without calls. */
  readonly errorPercent: number | null;
}

export interface EvidenceSummary {
  readonly gateway: BackendSummary;
  readonly legacy: BackendSummary;
  /** Judged calls at the gateway since the step began. */
  readonly stepCalls: number;
  readonly faultsInARow: number;
  /** Logarithm of the likelihood ratio of the suspicion that is nearest to its threshold; 0 when all is quiet. */
  readonly statistic: number;
  /** At which the rollout is aborted. */
  readonly threshold: number;
  readonly verdict: Verdict['kind'];
  /** With `need-more-data`: good calls that it takes, as things are. */
  readonly callsNeeded?: number;
}

export function summarise(evidence: Evidence, grounds: Grounds): EvidenceSummary {
  const verdict = judge(evidence, grounds);
  const { statistic, threshold } = nearest(evidence, grounds.rules);
  return {
    gateway: backendSummary(evidence.gateway),
    legacy: backendSummary(evidence.legacy),
    stepCalls: grounds.stepCalls,
    faultsInARow: evidence.faultsInARow,
    statistic: hundredths(statistic),
    threshold: hundredths(threshold),
    verdict: verdict.kind,
    ...(verdict.kind === 'need-more-data' && { callsNeeded: verdict.calls }),
  };
}

/** That there is no verdict yet, for people. */
export function describeNeed(calls: number): string {
  return `need more data: about ${calls} more calls of the gateway are needed`;
}

/** Why the guard fails a gateway, for people. */
export function describeFailure(failure: Failure): string {
  if (failure.cause === 'outage') return `${failure.faultsInARow} gateway calls failed in a row`;
  const { gateway, legacy } = failure.suspicion;
  const beside =
    legacy.calls === 0
      ? ''
      : `, beside ${legacy.errors} of ${legacy.calls} at the old service (${percentOf(legacy.errors, legacy.calls)} %)`;
  const share = percentOf(gateway.errors, gateway.calls);
  return `${gateway.errors} of the last ${gateway.calls} gateway calls failed (${share} %)${beside}`;
}

function backendSummary(counts: Counts): BackendSummary {
  const calls = callsOf(counts);
  return { ...counts, calls, errorPercent: calls === 0 ? null : percentOf(errorsOf(counts), calls) };
}

function percentOf(part: number, whole: number): number {
  return hundredths((100 * part) / whole);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
