// The wish: the steps that an operator has configured, and when to give them up. What has come of it is status.ts.

export interface Step {
  /** Percent of the keys that the gateway serves, two decimals; each step is above the one before. */
  readonly gatewayPercent: number;
  /** ms, or until somebody promotes. Without it the step lasts until there is enough data. */
  readonly hold?: number | 'manual';
}

/** `rollout` of the configuration. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly abortWhen: {
    /** The error rate of the gateway that ends a rollout, percent; what it means exactly is in hypotheses.ts. */
    readonly errorPercent: number;
    /** Judged calls at the gateway before a step advances by itself and before a rate decides anything. */
    readonly minRequests: number;
  };
  /** After an abort, before the next start, ms. */
  readonly coolDownMs: number;
}

/**
 * Where a rollout takes over from a weight that is in force: at the first step that is not below it, so that no start
 * moves a client back.
 * @returns index of the step; undefined when the weight is above every step
 */
export function stepFrom(plan: Plan, gatewayPercent: number): number | undefined {
  const index = plan.steps.findIndex((step) => step.gatewayPercent >= gatewayPercent);
  return index < 0 ? undefined : index;
}

/** The step with this very weight; undefined when there is none. */
export function stepAt(plan: Plan, gatewayPercent: number): number | undefined {
  const index = plan.steps.findIndex((step) => step.gatewayPercent === gatewayPercent);
  return index < 0 ? undefined : index;
}

/** `step 2 of 5 (5 %)`. */
export function stepName(plan: Plan, index: number): string {
  const percent = plan.steps[index]?.gatewayPercent ?? 0;
  return `step ${index + 1} of ${plan.steps.length} (${percent} %)`;
}
