import assert from 'node:assert/strict';
import { noEvidence, observe } from '../../src/rollout/evidence.ts';
import { emptyBatch, noCounts, type Batch } from '../../src/rollout/outcome.ts';
import { describeFailure, summarise } from '../../src/rollout/summary.ts';
import { judge, rulesFor, suspicionOf, type Verdict } from '../../src/rollout/verdict.ts';

const rules = rulesFor({ errorPercent: 2, minRequests: 50 });
const good = (ok: number): Batch => ({ ...emptyBatch, gateway: { ...noCounts, ok } });
const faults = (count: number): Batch => ({
  ...emptyBatch,
  gateway: { ...noCounts, faults: count },
  trailingFaults: count,
});
const denied = (count: number): Batch => ({ ...emptyBatch, gateway: { ...noCounts, denied: count } });
const legacy = (ok: number, failed: number): Batch => ({
  ...emptyBatch,
  legacy: { ...noCounts, ok, faults: failed },
});
const seen = (...batches: readonly Batch[]) =>
  batches.reduce((evidence, batch) => observe(evidence, batch, rules.hypotheses), noEvidence);

function verdictOf(batches: readonly Batch[], stepCalls?: number): Verdict {
  const evidence = seen(...batches);
  const { ok, faults, denied } = evidence.gateway;
  const allCalls = ok + faults + denied;
  return judge(evidence, { rules, stepCalls: stepCalls ?? allCalls, allCalls });
}

describe('the verdict', () => {
  it('needs more data, and how much, as long as the step has too few calls', () => {
    assert.deepEqual(verdictOf([]), { kind: 'need-more-data', cause: 'few', calls: 50 });
    assert.deepEqual(verdictOf([good(49)]), { kind: 'need-more-data', cause: 'few', calls: 1 });
    assert.deepEqual(verdictOf([good(500)], 20), { kind: 'need-more-data', cause: 'few', calls: 30 });
  });

  it('is healthy so far with enough calls, a stray error among them', () => {
    assert.deepEqual(verdictOf([good(50)]), { kind: 'healthy-so-far' });
    assert.deepEqual(verdictOf([good(60), faults(1)]), { kind: 'healthy-so-far' });
  });

  it('needs more data when errors are too many for health and too few for proof', () => {
    const verdict = verdictOf([good(60), faults(4)]);
    assert.ok(verdict.kind === 'need-more-data' && verdict.cause === 'suspicious');
    const { calls } = verdict;
    assert.equal(verdictOf([good(60), faults(4), good(calls - 1)]).kind, 'need-more-data');
    assert.equal(verdictOf([good(60), faults(4), good(calls)]).kind, 'healthy-so-far');
  });

  it('fails by ten faults in a row, whatever the counts', () => {
    assert.equal(verdictOf([faults(9)]).kind, 'need-more-data');
    assert.deepEqual(verdictOf([faults(10)]), { kind: 'fails', cause: 'outage', faultsInARow: 10 });
  });

  it('fails by no rate before there are enough calls', () => {
    const errors = [faults(8), good(1), faults(8)];
    assert.equal(verdictOf([...errors, good(1)]).kind, 'need-more-data');
    assert.equal(verdictOf([...errors, good(33)]).kind, 'fails');
  });

  it('fails by refused permissions, which are no faults in a row', () => {
    assert.equal(verdictOf([denied(20)]).kind, 'need-more-data');
    assert.equal(verdictOf([denied(50)]).kind, 'fails');
    assert.equal(verdictOf([good(950), denied(6)]).kind, 'fails');
  });

  it('does not fail a gateway that refuses as often as the old service', () => {
    const refusing: Batch = { ...emptyBatch, legacy: { ok: 700, faults: 0, denied: 300 } };
    assert.notEqual(verdictOf([refusing, good(35), denied(15)]).kind, 'fails');
  });
});

describe('the evidence as it is shown', () => {
  it('has counts, rates, the statistic and what is needed', () => {
    const evidence = seen(good(60), legacy(999, 1), faults(4));
    const summary = summarise(evidence, { rules, stepCalls: 64, allCalls: 64 });
    assert.deepEqual(summary, {
      gateway: { ok: 60, faults: 4, denied: 0, calls: 64, errorPercent: 6.25 },
      legacy: { ok: 999, faults: 1, denied: 0, calls: 1000, errorPercent: 0.1 },
      stepCalls: 64,
      faultsInARow: 4,
      statistic: 11.09,
      threshold: 15.2,
      verdict: 'need-more-data',
      callsNeeded: 45,
    });
  });

  it('has no rate without calls', () => {
    const summary = summarise(noEvidence, { rules, stepCalls: 0, allCalls: 0 });
    assert.deepEqual([summary.gateway.errorPercent, summary.statistic, summary.callsNeeded], [null, 0, 50]);
  });

  it('says in numbers why a gateway fails', () => {
    const text = (...batches: readonly Batch[]) => {
      const verdict = verdictOf(batches);
      return verdict.kind === 'fails' ? describeFailure(verdict) : verdict.kind;
    };
    assert.equal(text(faults(12)), '12 gateway calls failed in a row');
    assert.equal(text(good(60), faults(6)), '6 of the last 6 gateway calls failed (100 %)');
    assert.equal(
      text(good(60), faults(4), legacy(999, 1), good(5), faults(3)),
      '7 of the last 12 gateway calls failed (58.33 %), beside 1 of 1000 at the old service (0.1 %)',
    );
  });

  it('tells how near a failure is', () => {
    assert.equal(suspicionOf(noEvidence, rules), 0);
    assert.ok(suspicionOf(seen(faults(6)), rules) >= 1);
  });
});
