// What a rollout keeps: its status, its evidence and its entries in the history.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeChange, encodeChange, type RolloutChange } from '../../src/rollout/change.ts';
import { decodeEvidence, encodeEvidence } from '../../src/rollout/evidence-document.ts';
import { noEvidence, observe } from '../../src/rollout/evidence.ts';
import { hypothesesFor } from '../../src/rollout/hypotheses.ts';
import { emptyBatch } from '../../src/rollout/outcome.ts';
import { decodeStatus, encodeStatus } from '../../src/rollout/status-document.ts';
import { idle, type Status } from '../../src/rollout/status.ts';
import { decodeChange as decodeDialChange } from '../../src/split/dial-document.ts';
import { common, factsWith, position } from './kit.ts';

const statuses: readonly Status[] = [
  { ...idle(3), reason: 'no rollout yet' },
  { ...common, ...position, state: 'progressing' },
  { ...common, ...position, state: 'holding', cause: 'manual' },
  { ...common, ...position, state: 'holding', cause: 'old-service', due: 'ten faults in a row' },
  { ...common, ...position, state: 'paused' },
  { ...common, ...position, state: 'aborted' },
  { ...common, ...position, state: 'completed' },
];

const fieldsOf = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('the status as it is kept', () => {
  for (const status of statuses) {
    it(`is read again as it was written: ${status.state}`, () => {
      assert.deepEqual(decodeStatus(encodeStatus(status), status.version), status);
    });
  }

  it('overlooks what a later minor version adds', () => {
    const [, progressing] = statuses;
    assert.ok(progressing);
    const text = JSON.stringify({ ...fieldsOf(encodeStatus(progressing)), more: { of: 'it' } });
    assert.deepEqual(decodeStatus(text, 3), progressing);
  });

  it('is nothing when it cannot be understood', () => {
    const kept = fieldsOf(encodeStatus({ ...common, ...position, state: 'holding', cause: 'manual' }));
    const damaged = [
      'no JSON',
      'null',
      '7',
      '[]',
      '{}',
      ...[
        { format: 2 },
        { state: 'dancing' },
        { state: 7 },
        { run: null },
        { sinceMs: 'today' },
        { by: 1 },
        { reason: null },
        { step: -1 },
        { step: 0.5 },
        { gatewayPercent: 101 },
        { entry: null },
        { enteredAtMs: -1 },
        { dialVersion: 1.5 },
        { cause: 'boredom' },
        { cause: 'old-service' },
      ].map((damage) => JSON.stringify({ ...kept, ...damage })),
    ];
    for (const text of damaged) assert.equal(decodeStatus(text, 1), undefined, text);
  });

  it('never throws, whatever is kept', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (kept) => {
        decodeStatus(kept, 1);
        decodeEvidence(kept);
        decodeChange(kept);
      }),
    );
  });
});

describe('the evidence as it is kept', () => {
  const hypotheses = hypothesesFor(2);
  const counts = fc.record(
    { ok: fc.nat(900), faults: fc.nat(90), denied: fc.nat(9) },
    { noNullPrototype: true },
  );

  it('is read again as it was written', () => {
    fc.assert(
      fc.property(counts, counts, fc.nat(9), (gateway, legacy, trailingFaults) => {
        const batch = { gateway, legacy, trailingFaults };
        const evidence = observe(observe(noEvidence, batch, hypotheses), batch, hypotheses);
        const shared = { run: 1_700_000_000_000, evidence, step: { entry: 4, calls: 77 } };
        assert.deepEqual(decodeEvidence(encodeEvidence(shared)), shared);
      }),
    );
  });

  it('stays small however much there is', () => {
    const many = { ok: Number.MAX_SAFE_INTEGER - 1, faults: 1, denied: 0 };
    const batch = { ...emptyBatch, gateway: many, legacy: many };
    const evidence = observe(noEvidence, batch, hypotheses);
    const text = encodeEvidence({ run: 1e13, evidence, step: { entry: 1e9, calls: 1e12 } });
    assert.ok(text.length < 1_000);
    assert.notEqual(decodeEvidence(text), undefined);
  });

  it('is nothing when it cannot be understood', () => {
    const text = encodeEvidence({ run: 1, evidence: noEvidence, step: { entry: 1, calls: 0 } });
    for (const damaged of [
      '{}',
      text.replace('"format":1', '"format":2'),
      text.replace('"run":1', '"run":null'),
      text.replace('"faultsInARow":0', '"faultsInARow":-1'),
      text.replace('"legacyOfLate"', '"legacyOfOld"'),
      text.replace('"degraded"', '"upgraded"'),
      text.replace('"entry":1', '"entry":"1"'),
      text.replace('{"calls":0,"errors":0}', '{"calls":0,"errors":1}'),
    ]) {
      assert.equal(decodeEvidence(damaged), undefined, damaged);
    }
  });
});

describe('an entry in the history', () => {
  const change: RolloutChange = {
    atMs: 1_700_000_000_000,
    by: 'alice',
    reason: 'started',
    kind: 'rollout-start',
    from: 0,
    to: 1,
    version: 4,
    fromState: 'idle',
    toState: 'progressing',
    step: 0,
    urgent: false,
    evidence: factsWith().evidence,
  };

  it('is read again, its evidence included', () => {
    const { fromState: _, urgent: __, ...kept } = change;
    assert.deepEqual(decodeChange(encodeChange(change)), kept);
  });

  it('is no change of the dial, and a change of the dial is none of it', () => {
    assert.equal(decodeDialChange(encodeChange(change)), undefined);
    const { step: _, ...others } = { ...change, kind: 'weight' };
    assert.equal(decodeChange(JSON.stringify(others)), undefined);
  });
});
