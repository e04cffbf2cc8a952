import assert from 'node:assert/strict';
import { answerMarginMs, startDeadline, timeWithin } from '../../src/resilience/deadline.ts';

describe('a deadline', () => {
  let clock = 0;
  const start = (totalMs: number) => {
    clock = 1_000;
    return startDeadline(totalMs, () => clock);
  };

  it('tells what is left of it, and never less than nothing', () => {
    const deadline = start(500);
    clock += 200;
    assert.equal(deadline.remainingMs(), 300);
    clock += 1_000;
    assert.equal(deadline.remainingMs(), 0);
  });

  it('gives a call its own limit while there is time for it', () => {
    assert.equal(timeWithin(start(4_500), 3_000), 3_000);
  });

  it('cuts a call short so that its failure can be told, and somebody else may still try', () => {
    assert.equal(timeWithin(start(2_000), 3_000), 2_000 - answerMarginMs);
    assert.equal(timeWithin(start(2_000), 3_000, 500), 2_000 - answerMarginMs - 500);
  });

  it('leaves a call a moment even when it is over', () => {
    assert.equal(timeWithin(start(0), 3_000), 1);
  });
});
