// The fact: where a rollout stands. Kept in the store after every transition; what was wished for is plan.ts.

export const rolloutStates = ['idle', 'progressing', 'holding', 'paused', 'aborted', 'completed'] as const;
export type RolloutState = (typeof rolloutStates)[number];

/**
 * What a rollout waits for that holds. `manual`: somebody to promote; `data`: more calls; `breaker`: the gateway's
 * breaker to close; `quota`: the next step to fit, or somebody to force it; `old-service`: the old service to answer
 * again, to be moved back to at once.
 */
export const holdCauses = ['manual', 'data', 'breaker', 'quota', 'old-service'] as const;
export type HoldCause = (typeof holdCauses)[number];

export type Hold =
  | { readonly state: 'holding'; readonly cause: Exclude<HoldCause, 'old-service'> }
  /** `due`: why there is to be an abort. */
  | { readonly state: 'holding'; readonly cause: 'old-service'; readonly due: string };

interface Common {
  /** Of the document; 0 where nothing was kept yet. */
  readonly version: number;
  /** Whose evidence counts: another number with each start, and when an operator overrules the guard. */
  readonly run: number;
  /** When it came into this state, ms since epoch. */
  readonly sinceMs: number;
  /** Who brought it there: the name of an admin token, or `rollout` for the rollout itself. */
  readonly by: string;
  /** Why, for people. */
  readonly reason: string;
}

/** A step, and what is needed to tell whether its weight is in force. */
export interface Position {
  /** Index into the plan's steps. */
  readonly step: number;
  readonly gatewayPercent: number;
  /** Rises with each step that is entered. */
  readonly entry: number;
  /** When the step began, ms since epoch; later by as long as it was paused. */
  readonly enteredAtMs: number;
  /** The dial's version when the weight was ordered: a later one is this order in force, or somebody else's. */
  readonly dialVersion: number;
}

export interface Idle extends Common {
  readonly state: 'idle';
}

/** The guard is armed. */
export type Underway = Common &
  Position &
  ({ readonly state: 'progressing' } | { readonly state: 'paused' } | Hold);

/** The position is the last one. */
export type Ended = Common & Position & { readonly state: 'aborted' | 'completed' };

export type Status = Idle | Underway | Ended;

export function idle(version: number, reason = 'no rollout was started yet'): Idle {
  return { state: 'idle', version, run: 0, sinceMs: 0, by: 'rollout', reason };
}

export function isUnderway(status: Status): status is Underway {
  return isUnderwayState(status.state);
}

/** Whether the guard is armed in this state. */
export function isUnderwayState(state: RolloutState): boolean {
  return state === 'progressing' || state === 'holding' || state === 'paused';
}
