// What the simulations of the guard share: a small seeded generator, a gateway and an old service that fail at given
// rates, and how many calls the guard takes to notice.
import { noEvidence, observe, type Evidence } from '../../src/rollout/evidence.ts';
import { addBatches, batchOf, callsOf, emptyBatch, type Backend } from '../../src/rollout/outcome.ts';
import { failureOf, rulesFor } from '../../src/rollout/verdict.ts';

/** Mulberry32: uniform in [0, 1), the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The defaults of the configuration. */
export const rules = rulesFor({ errorPercent: 2, minRequests: 50 });
const { hypotheses } = rules;

export interface Situation {
  /** Error rate of the gateway by the number of the call, from 1. */
  readonly gateway: (call: number) => number;
  /** Error rate of the old service over the same time; without it there is no old service. */
  readonly legacy?: (call: number) => number;
  /** Calls of the old service for each of the gateway's, on average. */
  readonly legacyCalls?: number;
  readonly calls: number;
  readonly before?: Evidence;
}

function draw(backend: Backend, random: () => number, rate: number) {
  return batchOf(backend, random() < rate ? 'fault' : 'ok') ?? emptyBatch;
}

/** @returns the gateway call after which the guard, asked after each, found a failure; undefined for none */
export function callsUntilFailure(random: () => number, situation: Situation): number | undefined {
  const { gateway, legacy, legacyCalls = 0, calls } = situation;
  let evidence = situation.before ?? noEvidence;
  let owed = 0;
  for (let call = 1; call <= calls; call += 1) {
    if (legacy !== undefined) {
      owed += legacyCalls;
      let batch = emptyBatch;
      for (; owed >= 1; owed -= 1) batch = addBatches(batch, draw('legacy', random, legacy(call)));
      evidence = observe(evidence, batch, hypotheses);
    }
    evidence = observe(evidence, draw('gateway', random, gateway(call)), hypotheses);
    const grounds = { rules, allCalls: callsOf(evidence.gateway) };
    if (failureOf(evidence, grounds) !== undefined) return call;
  }
  return undefined;
}

/** @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
