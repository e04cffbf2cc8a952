// What the guard has seen: counts, faults in a row, and the suspicions that are open. A value; `observe` is the only
// transition. It judges nothing: verdict.ts does.
import {
  alternatives,
  statisticOf,
  type Alternative,
  type Circumstances,
  type Hypotheses,
  type Suspicion,
  type Tally,
} from './hypotheses.ts';
import { addCounts, callsOf, errorsOf, inARow, noCounts, type Batch, type Counts } from './outcome.ts';

export interface Evidence {
  readonly gateway: Counts;
  readonly legacy: Counts;
  /** The old service's calls, older ones counting for less. */
  readonly legacyOfLate: Tally;
  /** Faults at the gateway since its last other outcome that counts. */
  readonly faultsInARow: number;
  /** For each alternative what speaks for it at present; none where all is quiet. */
  readonly suspicions: Readonly<Record<Alternative, Suspicion>>;
}

const none: Tally = { calls: 0, errors: 0 };
const quiet: Suspicion = { gateway: none, legacy: none };
/** Calls of the old service after which one counts for a third. */
const memory = 1_000;

export const noEvidence: Evidence = {
  gateway: noCounts,
  legacy: noCounts,
  legacyOfLate: none,
  faultsInARow: 0,
  suspicions: { degraded: quiet, broken: quiet },
};

/**
 * Adds what happened since. A batch of several outcomes has lost their order, and counts for less than the same outcomes
 * one by one: what would have been a fall to zero and a rise is a fall and a rise.
 */
export function observe(evidence: Evidence, batch: Batch, hypotheses: Hypotheses): Evidence {
  const gateway = addCounts(evidence.gateway, batch.gateway);
  const legacyOfLate = add(fade(evidence.legacyOfLate, callsOf(batch.legacy)), batch.legacy);
  const circumstances = { legacyOfLate, calls: callsOf(gateway) };
  const follow = (alternative: Alternative): Suspicion =>
    suspect(evidence.suspicions[alternative], batch, hypotheses, alternative, circumstances);
  return {
    gateway,
    legacy: addCounts(evidence.legacy, batch.legacy),
    legacyOfLate,
    faultsInARow: inARow(evidence.faultsInARow, batch),
    suspicions: { degraded: follow('degraded'), broken: follow('broken') },
  };
}

/** Whether anything speaks against the gateway at present. */
export function isQuiet({ suspicions, faultsInARow }: Evidence): boolean {
  return faultsInARow === 0 && alternatives.every((name) => suspicions[name].gateway.errors === 0);
}

/** Begins with an error at the gateway and ends when nothing speaks for the alternative any more. */
function suspect(
  before: Suspicion,
  batch: Batch,
  hypotheses: Hypotheses,
  alternative: Alternative,
  circumstances: Circumstances,
): Suspicion {
  if (before.gateway.errors + errorsOf(batch.gateway) === 0) return quiet;
  const after = { gateway: add(before.gateway, batch.gateway), legacy: add(before.legacy, batch.legacy) };
  return statisticOf(alternative, after, hypotheses, circumstances) > 0 ? after : quiet;
}

function add({ calls, errors }: Tally, counts: Counts): Tally {
  return { calls: calls + callsOf(counts), errors: errors + errorsOf(counts) };
}

function fade({ calls, errors }: Tally, later: number): Tally {
  const left = Math.exp(-later / memory);
  return { calls: calls * left, errors: errors * left };
}
