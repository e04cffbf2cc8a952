// The guard of one replica: fed by each outcome, it says at once when they show that the gateway fails. Once in a while
// it adds its outcomes to the evidence that all replicas share. It moves nothing.

/*
 * Each replica judges its own outcomes one by one, and the outcomes of all together in batches, and any of these may end
 * a rollout. So one replica that cannot reach the gateway is enough, and so are errors that are spread thinly over many.
 */
import { decodeEvidence, encodeEvidence, type SharedEvidence } from './evidence-document.ts';
import { isQuiet, noEvidence, observe, type Evidence } from './evidence.ts';
import {
  addBatches,
  addCounts,
  batchOf,
  callsOf,
  emptyBatch,
  noCounts,
  type Backend,
  type Batch,
  type Counts,
  type JudgedClass,
} from './outcome.ts';
import type { Plan } from './plan.ts';
import type { RolloutStore } from './ports.ts';
import { isUnderway, type Status } from './status.ts';
import { summarise, type EvidenceSummary } from './summary.ts';
import {
  failureOf,
  judge,
  rulesFor,
  suspicionOf,
  type Failure,
  type Rules,
  type Verdict,
} from './verdict.ts';

export interface GuardReading {
  readonly verdict: Verdict;
  readonly evidence: EvidenceSummary;
}

export interface Guard {
  /** One first choice. Cheap. @returns what it shows, if that is a failure and the guard is armed */
  outcome(backend: Backend, outcome: JudgedClass): Failure | undefined;
  /** Armed while a rollout is under way; begins anew with each run. */
  follow(status: Status): void;
  /**
   * Adds what was counted here to what all replicas share. Rejects when the store fails; what was on its way then may be
   * lost to the others, and is never counted twice. @returns a failure that all outcomes together show
   */
  share(): Promise<Failure | undefined>;
  /** Of all replicas, as far as is known here. */
  reading(): GuardReading;
  /** Other rules from now on, for what is known already too. */
  configure(abortWhen: Plan['abortWhen']): void;
}

const documentName = 'rollout-evidence';
const mostAttempts = 5;

interface Unshared {
  readonly batch: Batch;
  readonly stepCalls: number;
}

const nothing: Unshared = { batch: emptyBatch, stepCalls: 0 };

export function createGuard(
  store: Pick<RolloutStore, 'readDocument' | 'writeDocument'>,
  abortWhen: Plan['abortWhen'],
): Guard {
  let armed = false;
  let own: Evidence = noEvidence;
  let legacySince: Counts = noCounts;
  let unshared = nothing;
  let shared = beginning(0, 0);
  let entry = 0;
  let rules: Rules = rulesFor(abortWhen);

  const known = (): Evidence => observe(shared.evidence, unshared.batch, rules.hypotheses);
  const stepCalls = (): number => (shared.step.entry === entry ? shared.step.calls : 0) + unshared.stepCalls;

  function begin(run: number): void {
    own = noEvidence;
    legacySince = noCounts;
    unshared = nothing;
    shared = beginning(run, entry);
  }

  return {
    outcome(backend, outcome) {
      const batch = armed ? batchOf(backend, outcome) : undefined;
      if (batch === undefined) return undefined;
      const isCall = backend === 'gateway' ? 1 : 0;
      unshared = { batch: addBatches(unshared.batch, batch), stepCalls: unshared.stepCalls + isCall };
      legacySince = addCounts(legacySince, batch.legacy);
      if (backend === 'legacy') return undefined;
      own = observe(own, { ...batch, legacy: legacySince }, rules.hypotheses);
      legacySince = noCounts;
      if (isQuiet(own)) return undefined;
      const allCalls = Math.max(callsOf(own.gateway), callsOf(shared.evidence.gateway));
      return failureOf(own, { rules, allCalls });
    },

    follow(status) {
      armed = isUnderway(status);
      if (status.state === 'idle') return;
      if (status.entry !== entry) {
        entry = status.entry;
        unshared = { ...unshared, stepCalls: 0 };
      }
      if (status.run !== shared.run) begin(status.run);
    },

    async share() {
      for (let attempt = 0; armed && attempt < mostAttempts; attempt += 1) {
        const { run } = shared;
        const document = await store.readDocument(documentName);
        const kept = document && decodeEvidence(document.text);
        // A later run than this replica has heard of.
        if (run !== shared.run || (kept?.run ?? 0) > run) return undefined;
        const before = kept?.run === run ? kept : beginning(run, entry);
        const [sent, of] = [unshared, entry];
        let after = before;
        if (sent !== nothing) {
          unshared = nothing;
          after = {
            run,
            evidence: observe(before.evidence, sent.batch, rules.hypotheses),
            step: stepAfter(before, sent, of),
          };
          const written = await store.writeDocument(
            documentName,
            encodeEvidence(after),
            document?.version ?? 0,
          );
          if (run !== shared.run) return undefined;
          if (!written) {
            unshared = joined(sent, unshared, of === entry);
            continue;
          }
        }
        shared = after;
        return failureOf(after.evidence, {
          rules,
          allCalls: callsOf(after.evidence.gateway),
        });
      }
      return undefined;
    },

    reading() {
      const all = known();
      // What one replica suspects more strongly than all of them together is not outweighed by the others.
      const telling = suspicionOf(own, rules) > suspicionOf(all, rules) ? own : all;
      const faultsInARow = Math.max(own.faultsInARow, all.faultsInARow);
      const evidence = { ...telling, gateway: all.gateway, legacy: all.legacy, faultsInARow };
      const grounds = { rules, stepCalls: stepCalls(), allCalls: callsOf(all.gateway) };
      return { verdict: judge(evidence, grounds), evidence: summarise(evidence, grounds) };
    },

    configure: (next) => void (rules = rulesFor(next)),
  };
}

function beginning(run: number, entry: number): SharedEvidence {
  return { run, evidence: noEvidence, step: { entry, calls: 0 } };
}

/** Calls of an earlier step no longer count for the present one. */
function stepAfter({ step }: SharedEvidence, { stepCalls: calls }: Unshared, entry: number) {
  if (entry < step.entry) return step;
  return entry > step.entry ? { entry, calls } : { entry, calls: step.calls + calls };
}

function joined(earlier: Unshared, later: Unshared, sameStep: boolean): Unshared {
  return {
    batch: addBatches(earlier.batch, later.batch),
    stepCalls: later.stepCalls + (sameStep ? earlier.stepCalls : 0),
  };
}
