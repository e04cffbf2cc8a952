// What the guard holds against what: the hypotheses that `abortWhen.errorPercent` stands for, how strongly counts speak
// for one of them, and how strongly they must. Pure arithmetic; what is counted is in evidence.ts.

/*
 * `errorPercent` e (default 2 %) stands for three error rates of the gateway:
 *
 *   healthy    e/4 (0.5 %)   the base; where the old service fails more often over the same time, its rate
 *   degraded   e (2 %)       what a rollout must not go on with
 *   broken     4e (8 %)      the same, found sooner
 *
 * For each of the last two, a CUSUM test: the logarithm of the likelihood ratio against `healthy`, never below zero. It
 * rises with each error and falls with each good call, and since it stops falling at zero, 15,000 good calls buy nothing
 * for the breakage that follows. With 2 %, an error adds 1.39 (degraded) or 2.77 (broken), a good call takes 0.015 or
 * 0.078, and the gateway fails at 15.2.
 *
 * The threshold is calculated, not tuned. Each rise begins with an error; from there, with a healthy gateway, the ratio
 * ever reaches e^h with probability at most (p1/p0) / e^h, since it is a martingale that begins at p1/p0. Among N calls
 * of a healthy gateway there are N × p0 errors, hence no more rises than that, and false alarms at most N × p1 / e^h,
 * looked at after each call; with both tests N × (p1 + p2) / e^h. So h = ln(N × (p1 + p2) / alpha). N is 20,000 calls, or
 * the number made so far where that is more: a long rollout of a busy house spends another alpha with each e-fold of
 * calls, rather than with every 20,000. alpha is 0.0005: the guards of all replicas make that figure together, since
 * their calls add up to N, and the guard that they share makes it once more: 0.001 in all.
 *
 * The comparison with the old service only raises the rates (their odds keep the ratio), hence lowers the statistic and
 * raises the threshold: it prevents aborts and cannot cause one.
 */

/** Errors among calls. */
export interface Tally {
  readonly calls: number;
  readonly errors: number;
}

/** What both backends did since an error at the gateway began a suspicion. */
export interface Suspicion {
  readonly gateway: Tally;
  readonly legacy: Tally;
}

/** What a suspicion is judged by beside itself. */
export interface Circumstances {
  /** The old service's last thousand calls or so; fractional, since older ones fade. */
  readonly legacyOfLate: Tally;
  /** Calls judged at the gateway so far. */
  readonly calls: number;
}

export const alternatives = ['degraded', 'broken'] as const;
export type Alternative = (typeof alternatives)[number];

export interface Hypotheses {
  /** Error rate of a healthy gateway, 0 to 1. */
  readonly base: number;
  /** Odds of an error by the alternative, over those by the base. */
  readonly oddsRatio: Readonly<Record<Alternative, number>>;
  /** At the base, where most calls are judged. */
  readonly weights: Readonly<Record<Alternative, Weights>>;
}

/** What single calls say for an alternative, in a world where a healthy gateway has a certain error rate. */
interface Weights {
  /** Error rate by the alternative. */
  readonly rate: number;
  /** What an error adds to the statistic. */
  readonly perError: number;
  /** What a good call takes off it. */
  readonly perGoodCall: number;
}

/** How strongly the counts speak for an alternative. */
export interface Strength {
  /** Logarithm of the likelihood ratio. */
  readonly statistic: number;
  /** At which the alternative is taken for true. */
  readonly threshold: number;
  /** What each further good call takes off the statistic. */
  readonly perGoodCall: number;
}

/** Calls over which a healthy rollout is aborted with probability `alpha` at most. */
const horizon = 20_000;
const alpha = 0.0005;
/** Above it hardly a call would succeed, and the logarithm has no end. */
const highestRate = 0.95;

/** @param errorPercent above 0, up to 100 */
export function hypothesesFor(errorPercent: number): Hypotheses {
  const degraded = Math.min(errorPercent / 100, highestRate);
  const base = degraded / 4;
  // Four times a rate beyond 20 % would leave no room above it.
  const broken = Math.min(4 * degraded, (1 + degraded) / 2);
  const oddsRatio = { degraded: odds(degraded) / odds(base), broken: odds(broken) / odds(base) };
  return { base, oddsRatio, weights: weightsAt(base, oddsRatio) };
}

/** Below 0: the counts speak against the alternative. */
export function statisticOf(
  alternative: Alternative,
  suspicion: Suspicion,
  hypotheses: Hypotheses,
  circumstances: Circumstances,
): number {
  const weights = weightsFor(suspicion, hypotheses, circumstances);
  return weigh(suspicion, weights[alternative]);
}

export function strengthOf(
  alternative: Alternative,
  suspicion: Suspicion,
  hypotheses: Hypotheses,
  circumstances: Circumstances,
): Strength {
  const weights = weightsFor(suspicion, hypotheses, circumstances);
  const calls = Math.max(horizon, circumstances.calls);
  return {
    statistic: weigh(suspicion, weights[alternative]),
    threshold: Math.log((calls * (weights.degraded.rate + weights.broken.rate)) / alpha),
    perGoodCall: weights[alternative].perGoodCall,
  };
}

function weigh({ gateway: { calls, errors } }: Suspicion, { perError, perGoodCall }: Weights): number {
  return errors * perError - (calls - errors) * perGoodCall;
}

/** At the error rate of the old service over the same time, where that is above the base. */
function weightsFor(
  { legacy }: Suspicion,
  { base, oddsRatio, weights }: Hypotheses,
  { legacyOfLate }: Circumstances,
): Hypotheses['weights'] {
  const reference = Math.max(surely(legacy), surely(legacyOfLate));
  return reference > base ? weightsAt(reference, oddsRatio) : weights;
}

function weightsAt(reference: number, oddsRatio: Hypotheses['oddsRatio']): Hypotheses['weights'] {
  const at = (alternative: Alternative): Weights => {
    const alternativeOdds = odds(reference) * oddsRatio[alternative];
    const rate = alternativeOdds / (1 + alternativeOdds);
    return {
      rate,
      perError: Math.log(rate / reference),
      perGoodCall: Math.log((1 - reference) / (1 - rate)),
    };
  };
  return { degraded: at('degraded'), broken: at('broken') };
}

/** The error rate less its standard error: a chance error or two of the old service excuse nothing. */
function surely({ calls, errors }: Tally): number {
  return errors <= 1 ? 0 : (errors - Math.sqrt(errors)) / calls;
}

function odds(rate: number): number {
  return rate / (1 - rate);
}
