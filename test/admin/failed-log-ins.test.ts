import assert from 'node:assert/strict';
import { createFailedLogIns } from '../../src/admin/failed-log-ins.ts';

describe('failed log-ins', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 5_000;
  });
  const failing = (times: number, address = 'a') => {
    const failedLogIns = createFailedLogIns(() => nowMs);
    for (let time = 0; time < times; time += 1) failedLogIns.failed(address);
    return failedLogIns;
  };

  it('are free up to twenty a minute', () => {
    assert.equal(failing(19).mayTry('a'), true);
    assert.equal(failing(20).mayTry('a'), false);
  });

  it('concern their own address only', () => {
    assert.equal(failing(20).mayTry('b'), true);
  });

  it('leave one try a second after that', () => {
    const failedLogIns = failing(20);
    nowMs += 1_000;
    assert.deepEqual([failedLogIns.mayTry('a'), failedLogIns.mayTry('a')], [true, false]);
    failedLogIns.failed('a');
    nowMs += 999;
    assert.equal(failedLogIns.mayTry('a'), false);
    nowMs += 1;
    assert.equal(failedLogIns.mayTry('a'), true);
  });

  it('are forgotten after their minute', () => {
    const failedLogIns = failing(20);
    nowMs += 60_000;
    assert.equal(failedLogIns.mayTry('a'), true);
    failedLogIns.failed('a');
    assert.equal(failedLogIns.mayTry('a'), true);
  });

  it('are kept for a bounded number of addresses', () => {
    const failedLogIns = failing(20);
    for (let other = 0; other < 1_000; other += 1) failedLogIns.failed(`other ${other}`);
    assert.equal(failedLogIns.mayTry('a'), true);
  });
});
