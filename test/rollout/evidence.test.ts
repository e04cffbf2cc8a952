import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isQuiet, noEvidence, observe } from '../../src/rollout/evidence.ts';
import { alternatives, hypothesesFor, statisticOf, strengthOf } from '../../src/rollout/hypotheses.ts';
import {
  addBatches,
  batchOf,
  callsOf,
  emptyBatch,
  errorsOf,
  noCounts,
  type Backend,
  type Batch,
  type JudgedClass,
} from '../../src/rollout/outcome.ts';

const hypotheses = hypothesesFor(2);
const backends = fc.constantFrom<Backend>('gateway', 'legacy');
const classes = fc.constantFrom<JudgedClass>(
  'ok',
  'ok',
  'ok',
  'fault',
  'denied',
  'throttled',
  'rejected',
  'mistranslated',
);
const outcomes = fc.array(fc.tuple(backends, classes), { maxLength: 80 });
const batchesOf = (given: readonly (readonly [Backend, JudgedClass])[]): Batch[] =>
  given.flatMap(([backend, outcome]) => batchOf(backend, outcome) ?? []);
const seen = (...batches: readonly Batch[]) =>
  batches.reduce((evidence, batch) => observe(evidence, batch, hypotheses), noEvidence);
const gateway = (counts: Partial<Batch['gateway']>): Batch => ({
  ...emptyBatch,
  gateway: { ...noCounts, ...counts },
});

describe('an outcome', () => {
  const expected = {
    ok: { ok: 1, faults: 0, denied: 0 },
    fault: { ok: 0, faults: 1, denied: 0 },
    mistranslated: { ok: 0, faults: 1, denied: 0 },
    denied: { ok: 0, faults: 0, denied: 1 },
    rejected: undefined,
    throttled: undefined,
  } as const satisfies Record<JudgedClass, Batch['gateway'] | undefined>;
  for (const [outcome, counts] of Object.entries(expected)) {
    it(`counts as ${counts === undefined ? 'nothing' : JSON.stringify(counts)} when it is ${outcome}`, () => {
      const judged = outcome as JudgedClass;
      assert.deepEqual(batchOf('gateway', judged)?.gateway, counts);
      assert.deepEqual(batchOf('legacy', judged)?.legacy, counts);
    });
  }
});

describe('the evidence', () => {
  it('counts faults of the gateway in a row, past what is neutral and past the old service', () => {
    const row = (...classes: readonly JudgedClass[]) =>
      seen(...batchesOf(classes.map((outcome) => ['gateway', outcome] as const))).faultsInARow;
    assert.equal(row('fault', 'throttled', 'mistranslated', 'rejected', 'fault'), 3);
    assert.equal(row('fault', 'ok', 'fault'), 1);
    assert.equal(row('fault', 'fault', 'denied'), 0);
    assert.equal(seen(gateway({ faults: 2 }), ...batchesOf([['legacy', 'ok']])).faultsInARow, 2);
  });

  it('comes to the same counts and the same faults in a row, one by one or in batches', () => {
    fc.assert(
      fc.property(outcomes, fc.nat(80), (given, cut) => {
        const batches = batchesOf(given);
        const one = seen(...batches);
        const first = batches.slice(0, cut).reduce(addBatches, emptyBatch);
        const second = batches.slice(cut).reduce(addBatches, emptyBatch);
        const two = seen(first, second);
        assert.deepEqual(
          [two.gateway, two.legacy, two.faultsInARow],
          [one.gateway, one.legacy, one.faultsInARow],
        );
        assert.ok(Math.abs(two.legacyOfLate.errors - one.legacyOfLate.errors) < 1);
      }),
    );
  });

  it('suspects at most as much in batches as one by one, while the old service is well', () => {
    const ofGateway = fc.array(fc.tuple(fc.constant<Backend>('gateway'), classes), { maxLength: 80 });
    fc.assert(
      fc.property(fc.array(ofGateway, { maxLength: 6 }), (parts) => {
        const inBatches = seen(...parts.map((part) => batchesOf(part).reduce(addBatches, emptyBatch)));
        const oneByOne = seen(...batchesOf(parts.flat()));
        for (const alternative of alternatives) {
          const statistic = (evidence: typeof oneByOne) =>
            statisticOf(alternative, evidence.suspicions[alternative], hypotheses, {
              legacyOfLate: evidence.legacyOfLate,
              calls: 0,
            });
          assert.ok(statistic(inBatches) <= statistic(oneByOne) + 1e-9);
        }
      }),
    );
  });

  it('judges good calls in a row alike, one by one or as a batch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 400 }), (faults, good) => {
        const before = seen(gateway({ faults }));
        const oneByOne = Array.from({ length: good }).reduce<typeof before>(
          (evidence) => observe(evidence, gateway({ ok: 1 }), hypotheses),
          before,
        );
        assert.deepEqual(observe(before, gateway({ ok: good }), hypotheses).suspicions, oneByOne.suspicions);
      }),
    );
  });

  it('never has a statistic below zero: good calls buy nothing for what comes after them', () => {
    const early = seen(gateway({ faults: 3 }));
    const late = seen(gateway({ ok: 15_000 }), gateway({ faults: 3 }));
    assert.deepEqual(late.suspicions, early.suspicions);
    assert.ok(isQuiet(seen(gateway({ faults: 3 }), gateway({ ok: 400 }))));
    assert.ok(!isQuiet(early));
  });

  it('takes a suspicion back when the old service turns out to fail as often', () => {
    const failing: Batch = { ...emptyBatch, legacy: { ok: 80, faults: 20, denied: 0 } };
    assert.ok(isQuiet(seen(gateway({ ok: 8, faults: 2 }), failing, gateway({ ok: 1 }))));
  });
});

describe('the comparison with the old service', () => {
  const tallies = fc
    .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }))
    .map(([good, errors]) => ({ calls: good + errors, errors }));

  it('only ever lowers the statistic and raises the threshold', () => {
    const none = { calls: 0, errors: 0 };
    fc.assert(
      fc.property(tallies, tallies, tallies, (ofGateway, legacy, legacyOfLate) => {
        for (const alternative of alternatives) {
          const alone = { gateway: ofGateway, legacy: none };
          const absolute = strengthOf(alternative, alone, hypotheses, { legacyOfLate: none, calls: 0 });
          const compared = { gateway: ofGateway, legacy };
          const relative = strengthOf(alternative, compared, hypotheses, { legacyOfLate, calls: 0 });
          assert.ok(relative.statistic <= absolute.statistic + 1e-9);
          assert.ok(relative.threshold >= absolute.threshold - 1e-9);
        }
      }),
    );
  });

  it('excuses nothing for a single error of the old service', () => {
    const before = seen(gateway({ faults: 4 }));
    const after = observe(before, { ...emptyBatch, legacy: { ok: 3, faults: 1, denied: 0 } }, hypotheses);
    for (const alternative of alternatives) {
      const strength = (evidence: typeof before) =>
        statisticOf(alternative, evidence.suspicions[alternative], hypotheses, { ...evidence, calls: 0 });
      assert.equal(strength(after), strength(before));
    }
  });
});

describe('the hypotheses', () => {
  it('are a quarter of the error rate, the rate and four times it', () => {
    const { base, weights } = hypothesesFor(2);
    assert.equal(base, 0.005);
    assert.ok(Math.abs(weights.degraded.rate - 0.02) < 1e-12);
    assert.ok(Math.abs(weights.broken.rate - 0.08) < 1e-12);
  });

  it('have the threshold that the false alarms allow: 20,000 calls × (p1 + p2) / alpha', () => {
    const quiet = noEvidence.suspicions.degraded;
    const at = (calls: number) =>
      strengthOf('degraded', quiet, hypotheses, { legacyOfLate: { calls: 0, errors: 0 }, calls }).threshold;
    const expected = Math.log((20_000 * (0.02 + 0.08)) / 0.0005);
    assert.ok(Math.abs(at(0) - expected) < 1e-9);
    assert.equal(at(20_000), at(0));
    assert.ok(Math.abs(at(200_000) - expected - Math.log(10)) < 1e-9);
  });

  it('are in order and finite for any error rate that can be configured', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (errorPercent) => {
        const { base, weights } = hypothesesFor(errorPercent);
        assert.ok(base > 0 && base < weights.degraded.rate);
        assert.ok(weights.degraded.rate < weights.broken.rate && weights.broken.rate < 1);
        for (const { perError, perGoodCall } of Object.values(weights)) {
          assert.ok(perError > 0 && perGoodCall > 0 && Number.isFinite(perError + perGoodCall));
        }
      }),
    );
  });
});

describe('counts', () => {
  it('have calls, and errors among them', () => {
    const counts = { ok: 5, faults: 2, denied: 1 };
    assert.deepEqual([callsOf(counts), errorsOf(counts)], [8, 3]);
  });
});
