import assert from 'node:assert/strict';
import { Durations } from '../../src/shadow/durations.ts';
import { Mismatches, mostMismatches, mostOfAccount } from '../../src/shadow/mismatches.ts';
import { candidateOf, granted, subjectOf } from './kit.ts';

const mismatchOf = (account: string, requestId: string) => ({
  ...subjectOf(account, requestId),
  control: granted,
  candidate: candidateOf('denied', 409),
  why: 'w',
});

describe('kept mismatches', () => {
  it('come newest first, and are copies', () => {
    const kept = new Mismatches();
    const first = mismatchOf('a', '1');
    kept.note(first);
    kept.note(mismatchOf('a', '2'));
    assert.deepEqual(
      kept.list().map(({ requestId }) => requestId),
      ['2', '1'],
    );
    assert.notEqual(kept.list()[1], first);
    assert.deepEqual(kept.list()[1], first);
  });

  it('of one account push out only their own', () => {
    const kept = new Mismatches();
    kept.note(mismatchOf('calm', 'c'));
    for (let index = 0; index < 500; index += 1) kept.note(mismatchOf('wrong', String(index)));
    const list = kept.list();
    assert.equal(list.length, mostOfAccount + 1);
    assert.equal(list.at(-1)?.requestId, 'c');
    assert.equal(list[0]?.requestId, '499');
  });

  it('are bounded over all accounts: the oldest leaves', () => {
    const kept = new Mismatches();
    for (let index = 0; index < mostMismatches + 5; index += 1)
      kept.note(mismatchOf(`a${index}`, String(index)));
    const list = kept.list();
    assert.equal(list.length, mostMismatches);
    assert.equal(list.at(-1)?.requestId, '5');
  });
});

describe('kept durations', () => {
  it('tell the nearest rank of the last ones', () => {
    const durations = new Durations(100);
    assert.equal(durations.quantiles(), null);
    for (let ms = 1; ms <= 250; ms += 1) durations.note(ms);
    assert.deepEqual(durations.quantiles(), { p50Ms: 200, p99Ms: 249 });
  });

  it('of one call is that call', () => {
    const durations = new Durations();
    durations.note(7);
    assert.deepEqual(durations.quantiles(), { p50Ms: 7, p99Ms: 7 });
  });
});
