// The guard's judgement of what it has seen. Pure. "Need more data" is a verdict of its own: silence is not success.
import type { Evidence } from './evidence.ts';
import {
  alternatives,
  hypothesesFor,
  strengthOf,
  type Alternative,
  type Hypotheses,
  type Strength,
  type Suspicion,
} from './hypotheses.ts';
import { callsOf } from './outcome.ts';
import type { Plan } from './plan.ts';

export type Verdict =
  | { readonly kind: 'healthy-so-far' }
  /** `few`: calls at this step are lacking; `suspicious`: errors are, that good calls must outweigh. */
  | {
      readonly kind: 'need-more-data';
      readonly cause: 'few' | 'suspicious';
      /** How many more good calls at the gateway it takes, as things are. */
      readonly calls: number;
    }
  | Failure;

export type Failure =
  | { readonly kind: 'fails'; readonly cause: 'outage'; readonly faultsInARow: number }
  | {
      readonly kind: 'fails';
      readonly cause: 'rate';
      readonly alternative: Alternative;
      /** What speaks for it, on both sides over the same time. */
      readonly suspicion: Suspicion;
    };

/** By what a gateway is judged. */
export interface Rules {
  /** Judged calls before a rate decides anything and before a step has enough. */
  readonly minRequests: number;
  readonly hypotheses: Hypotheses;
}

/** What a verdict goes by beside the evidence. */
export interface Grounds {
  readonly rules: Rules;
  /** Judged calls at the gateway since the step began. */
  readonly stepCalls: number;
  /** Judged calls at the gateway since the start, the other replicas' included where they are known. */
  readonly allCalls: number;
}

/** Faults in a row that end a rollout, whatever the counts (SPEC section 4, rollout). */
const outage = 10;
/** Share of the threshold from which a step does not advance, though nothing is proved. */
const suspicious = 0.5;

export function rulesFor({ errorPercent, minRequests }: Plan['abortWhen']): Rules {
  return { minRequests, hypotheses: hypothesesFor(errorPercent) };
}

/** Whether the gateway fails; undefined when that is not shown. */
export function failureOf(
  evidence: Evidence,
  { rules, allCalls }: Pick<Grounds, 'rules' | 'allCalls'>,
): Failure | undefined {
  const { faultsInARow, suspicions } = evidence;
  if (faultsInARow >= outage) return { kind: 'fails', cause: 'outage', faultsInARow };
  if (allCalls < rules.minRequests) return undefined;
  const alternative = alternatives.find((name) => {
    const { statistic, threshold } = strength(evidence, rules, name);
    return statistic >= threshold;
  });
  if (alternative === undefined) return undefined;
  return { kind: 'fails', cause: 'rate', alternative, suspicion: suspicions[alternative] };
}

export function judge(evidence: Evidence, grounds: Grounds): Verdict {
  const failure = failureOf(evidence, grounds);
  if (failure !== undefined) return failure;
  const { rules, stepCalls } = grounds;
  const lacking = rules.minRequests - stepCalls;
  if (lacking > 0) return { kind: 'need-more-data', cause: 'few', calls: lacking };
  const toOutweigh = Math.max(
    ...alternatives.map((name) => {
      const { statistic, threshold, perGoodCall } = strength(evidence, rules, name);
      return Math.ceil((statistic - suspicious * threshold) / perGoodCall);
    }),
  );
  return toOutweigh > 0
    ? { kind: 'need-more-data', cause: 'suspicious', calls: toOutweigh }
    : { kind: 'healthy-so-far' };
}

/** How strongly the evidence speaks for the alternative that is nearest to being taken for true. */
export function nearest(evidence: Evidence, rules: Rules): Strength {
  const [degraded, broken] = [strength(evidence, rules, 'degraded'), strength(evidence, rules, 'broken')];
  const share = ({ statistic, threshold }: Strength): number => statistic / threshold;
  return share(broken) > share(degraded) ? broken : degraded;
}

/** How near the evidence is to showing a failure by its rate: 1 at the threshold. */
export function suspicionOf(evidence: Evidence, rules: Rules): number {
  const { statistic, threshold } = nearest(evidence, rules);
  return statistic / threshold;
}

function strength(evidence: Evidence, { hypotheses }: Rules, alternative: Alternative): Strength {
  const { gateway, legacyOfLate, suspicions } = evidence;
  const circumstances = { legacyOfLate, calls: callsOf(gateway) };
  return strengthOf(alternative, suspicions[alternative], hypotheses, circumstances);
}
