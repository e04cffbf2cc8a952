import assert from 'node:assert/strict';
import { lostProbeAfterMs } from '../../src/resilience/breaker-phase.ts';
import {
  createBreaker,
  type Attempt,
  type Breaker,
  type BreakerChange,
} from '../../src/resilience/breaker.ts';
import { defaults } from './guard-kit.ts';

describe('the breaker', () => {
  let clock: number;
  let changes: BreakerChange[];
  let breaker: Breaker;
  beforeEach(() => {
    clock = 50_000;
    changes = [];
    breaker = createBreaker(defaults, {
      monotonicMs: () => clock,
      changed: (change) => changes.push(change),
    });
  });

  const enter = (): Attempt => {
    const attempt = breaker.enter();
    assert.ok(attempt, 'refused');
    return attempt;
  };
  const open = (): void => {
    for (let fault = 0; fault < 5; fault += 1) enter().settle('fault');
    assert.ok(breaker.isOpen());
  };

  it('lets every call through while it is closed', () => {
    for (let fault = 0; fault < 4; fault += 1) enter().settle('fault');
    assert.equal(breaker.isOpen(), false);
    assert.equal(breaker.retryAfterMs(), 0);
    enter().settle('success');
    for (let fault = 0; fault < 4; fault += 1) enter().settle('fault');
    assert.ok(breaker.enter());
    assert.deepEqual(breaker.reading(), { state: 'closed', sinceMs: 50_000 });
  });

  it('opens after so many faults in a row, and refuses for its time', () => {
    open();
    assert.equal(breaker.enter(), undefined);
    clock += 500;
    assert.equal(breaker.retryAfterMs(), 1_500);
    assert.deepEqual(breaker.reading(), {
      state: 'open',
      sinceMs: 50_000,
      why: 'faults in a row: 5',
      failedProbes: 0,
      probeAtMs: 52_000,
    });
    clock += 1_499;
    assert.equal(breaker.enter(), undefined);
    clock += 1;
    assert.equal(breaker.isOpen(), false);
    assert.ok(breaker.enter());
  });

  it('opens when half of its recent calls are faults', () => {
    for (let call = 0; call < 20; call += 1) enter().settle(call % 2 === 0 ? 'success' : 'fault');
    assert.equal(breaker.reading().why, 'faults among the 20 calls of the last 10 s: 10');
  });

  it('hears nothing of its calls that end neutral', () => {
    for (let fault = 0; fault < 4; fault += 1) enter().settle('fault');
    for (let call = 0; call < 50; call += 1) enter().settle('neutral');
    assert.equal(breaker.isOpen(), false);
    enter().settle('fault');
    assert.ok(breaker.isOpen());
  });

  it('lets one probe through at a time, and refuses everybody else at once', () => {
    open();
    clock += 2_000;
    enter();
    assert.ok(breaker.isOpen());
    assert.equal(breaker.enter(), undefined);
    assert.equal(breaker.retryAfterMs(), 2_000);
  });

  it('closes after a probe that succeeds, and has forgotten all that was before', () => {
    for (let call = 0; call < 20; call += 1) enter().settle(call % 2 === 0 ? 'success' : 'fault');
    clock += 2_000;
    enter().settle('success');
    assert.equal(breaker.reading().state, 'closed');
    for (let call = 0; call < 19; call += 1) enter().settle(call % 2 === 0 ? 'fault' : 'success');
    assert.equal(breaker.isOpen(), false);
  });

  it('stays open twice as long after each probe that fails, up to its limit, and afresh after it has closed', () => {
    open();
    for (const [failedProbes, ms] of [2_000, 4_000, 5_000, 5_000].entries()) {
      assert.equal(breaker.retryAfterMs(), ms);
      assert.equal(breaker.reading().failedProbes, failedProbes);
      clock += ms;
      enter().settle('fault');
    }
    assert.equal(breaker.reading().why, 'faults in a row: 5');
    clock += 5_000;
    enter().settle('success');
    open();
    assert.equal(breaker.retryAfterMs(), 2_000);
  });

  it('lets the next probe through at once after one that ends neutral', () => {
    open();
    clock += 2_000;
    enter().settle('neutral');
    assert.equal(breaker.isOpen(), false);
    enter().settle('success');
    assert.equal(breaker.reading().state, 'closed');
  });

  it('does not wait for ever for a probe, and no longer listens to one that was lost', () => {
    open();
    clock += 2_000;
    const lost = enter();
    clock += lostProbeAfterMs - 1;
    assert.equal(breaker.enter(), undefined);
    clock += 1;
    const next = enter();
    lost.settle('success');
    assert.equal(breaker.reading().state, 'half_open');
    assert.equal(breaker.enter(), undefined);
    next.settle('fault');
    assert.equal(breaker.reading().state, 'open');
  });

  it('neither opens nor closes by calls that began before it opened', () => {
    const late = Array.from({ length: 12 }, enter);
    open();
    for (const attempt of late.splice(0, 4)) attempt.settle('success');
    assert.ok(breaker.isOpen());
    clock += 2_000;
    const probe = enter();
    for (const attempt of late.splice(0, 4)) attempt.settle('success');
    assert.equal(breaker.reading().state, 'half_open');
    probe.settle('success');
    for (const attempt of late) attempt.settle('fault');
    enter().settle('fault');
    assert.equal(breaker.isOpen(), false);
  });

  it('counts an attempt once', () => {
    const attempt = enter();
    for (let time = 0; time < 10; time += 1) attempt.settle('fault');
    assert.equal(breaker.isOpen(), false);
  });

  it('reads as half open when its time is over, though nobody has called since', () => {
    open();
    clock += 7_000;
    const { state, sinceMs } = breaker.reading();
    assert.deepEqual([state, sinceMs], ['half_open', 52_000]);
  });

  it('tells of each change and why', () => {
    open();
    clock += 2_000;
    enter().settle('neutral');
    enter().settle('fault');
    clock += 4_000;
    enter().settle('success');
    assert.deepEqual(
      changes.map(({ from, to, why }) => `${from} → ${to}: ${why}`),
      [
        'closed → open: faults in a row: 5',
        'open → half_open: a call is let through as a probe',
        'half_open → open: a probe failed',
        'open → half_open: a call is let through as a probe',
        'half_open → closed: a probe succeeded',
      ],
    );
  });

  it('goes by new options from when it is given them', () => {
    enter().settle('fault');
    breaker.configure({ ...defaults, consecutive: 2, openForMs: 4_000 });
    enter().settle('fault');
    assert.equal(breaker.retryAfterMs(), 4_000);
    breaker.configure({ ...defaults, openAtMostMs: 1_000 });
    assert.equal(breaker.retryAfterMs(), 1_000);
    breaker.configure(defaults);
    assert.equal(breaker.retryAfterMs(), 1_000);
  });

  it('begins to count anew with a new window', () => {
    const tight = { ...defaults, consecutive: 100, minCalls: 4 };
    breaker.configure(tight);
    for (let fault = 0; fault < 3; fault += 1) enter().settle('fault');
    breaker.configure({ ...tight, windowMs: 60_000 });
    for (let fault = 0; fault < 3; fault += 1) enter().settle('fault');
    assert.equal(breaker.isOpen(), false);
    enter().settle('fault');
    assert.ok(breaker.isOpen());
  });
});
