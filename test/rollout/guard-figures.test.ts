// The figures that the guard promises for the defaults, by seeded simulation: the same numbers with each run.
import assert from 'node:assert/strict';
import { noEvidence, observe, type Evidence } from '../../src/rollout/evidence.ts';
import { callsOf, emptyBatch, noCounts, type Batch } from '../../src/rollout/outcome.ts';
import { failureOf } from '../../src/rollout/verdict.ts';
import { callsUntilFailure, quantile, rules, seeded, type Situation } from './simulation.ts';

const always = (rate: number) => () => rate;
const { hypotheses } = rules;

function times(runs: number, seed: number, situation: Situation): number[] {
  const random = seeded(seed);
  return Array.from({ length: runs }, () => callsUntilFailure(random, situation) ?? Number.POSITIVE_INFINITY);
}

const shareOfAborts = (counts: readonly number[]) => counts.filter(Number.isFinite).length / counts.length;

function batch(gateway: Partial<Batch['gateway']>, legacy: Partial<Batch['legacy']> = {}): Batch {
  return { ...emptyBatch, gateway: { ...noCounts, ...gateway }, legacy: { ...noCounts, ...legacy } };
}

/** Good calls in a row are one batch: counted so or one by one, they come to the same. */
function isAborted(random: () => number, rate: number, calls: number): boolean {
  let evidence: Evidence = noEvidence;
  for (let made = 0; ;) {
    const good = Math.floor(Math.log(1 - random()) / Math.log(1 - rate));
    made += good + 1;
    if (made > calls) return false;
    evidence = observe(observe(evidence, batch({ ok: good }), hypotheses), batch({ faults: 1 }), hypotheses);
    const allCalls = callsOf(evidence.gateway);
    // Only an error can raise the statistic, and the 50th call.
    if (failureOf(evidence, { rules, allCalls }) !== undefined) return true;
  }
}

describe('the figures of the guard, for the defaults', function () {
  this.timeout(120_000);

  it('abort at most 0.1 % of healthy rollouts of 20,000 calls with 0.5 % errors, looking after each call', () => {
    const random = seeded(20_001);
    const runs = 4_000;
    let aborted = 0;
    for (let run = 0; run < runs; run += 1) aborted += isAborted(random, 0.005, 20_000) ? 1 : 0;
    assert.ok(aborted / runs <= 0.001, `${aborted} of ${runs}`);
  });

  it('do so too when each outcome is fed by itself, beside an old service that fails as often', () => {
    const situation = { gateway: always(0.005), legacy: always(0.005), legacyCalls: 1, calls: 20_000 };
    assert.equal(shareOfAborts(times(10, 7, situation)), 0);
  });

  it('keep aborts rare in a rollout of two million calls', () => {
    const random = seeded(31);
    let aborted = 0;
    for (let run = 0; run < 40; run += 1) aborted += isAborted(random, 0.005, 2_000_000) ? 1 : 0;
    assert.ok(aborted <= 1, `${aborted} of 40`);
  });

  it('find a total outage within ten calls, at once and after 15,000 good ones', () => {
    const random = seeded(1);
    const outage = { gateway: always(1), calls: 100 };
    const before = observe(noEvidence, batch({ ok: 15_000 }, { ok: 15_000 }), hypotheses);
    const failing = { legacy: always(0.2), legacyCalls: 99 };
    for (const situation of [outage, { ...outage, before }, { ...outage, before, ...failing }]) {
      assert.ok((callsUntilFailure(random, situation) ?? Infinity) <= 10);
    }
  });

  it('find 10 % errors within 150 calls at the 95th percentile', () => {
    const calls = times(4_000, 2, { gateway: always(0.1), calls: 2_000 });
    assert.ok(quantile(calls, 0.95) <= 150, `95 %: ${quantile(calls, 0.95)}`);
    assert.ok(quantile(calls, 0.5) <= 80, `half: ${quantile(calls, 0.5)}`);
  });

  for (const [percent, legacyCalls] of [
    [5, 19],
    [25, 3],
    [50, 1],
    [90, 1 / 9],
  ] as const) {
    it(`find them as soon beside a healthy old service, at a weight of ${percent} %`, () => {
      const situation = { gateway: always(0.1), legacy: always(0.005), legacyCalls, calls: 2_000 };
      const calls = times(2_500, percent, situation);
      assert.ok(quantile(calls, 0.95) <= 150, `95 %: ${quantile(calls, 0.95)}`);
    });
  }

  it('find them no later after 15,000 good calls', () => {
    const before = observe(noEvidence, batch({ ok: 15_000 }, { ok: 15_000 }), hypotheses);
    const calls = times(2_500, 3, { gateway: always(0.1), calls: 2_000, before });
    assert.ok(quantile(calls, 0.95) <= 150, `95 %: ${quantile(calls, 0.95)}`);
  });

  it('find 2 % errors within 2,500 calls at the 95th percentile', () => {
    const calls = times(400, 4, { gateway: always(0.02), calls: 20_000 });
    assert.ok(quantile(calls, 0.95) <= 2_500, `95 %: ${quantile(calls, 0.95)}`);
  });

  it('hold errors that the old service shows as well against nobody', () => {
    for (const rate of [0.02, 0.05, 0.2]) {
      const begins = (call: number) => (call > 1_000 ? rate : 0.005);
      const known = { gateway: always(rate), legacy: always(rate), legacyCalls: 9, calls: 2_000 };
      assert.equal(shareOfAborts(times(20, 5, known)), 0);
      assert.equal(shareOfAborts(times(20, 6, { ...known, gateway: begins, legacy: begins })), 0);
    }
  });

  it('find a gateway that is worse than an old service that fails too', () => {
    const situation = { gateway: always(0.3), legacy: always(0.05), legacyCalls: 9, calls: 2_000 };
    const calls = times(500, 8, situation);
    assert.ok(quantile(calls, 0.95) <= 150, `95 %: ${quantile(calls, 0.95)}`);
  });
});
