import assert from 'node:assert/strict';
import type { Breaker, BreakerChange } from '../../src/resilience/breaker.ts';
import { createBreakers, type BreakerPlace, type Breakers } from '../../src/resilience/breakers.ts';
import { defaults } from './guard-kit.ts';

const [common, own] = ['http://old.test', 'http://own.test'];

describe('the breakers of the house', () => {
  let clock: number;
  let changes: (BreakerPlace & BreakerChange)[];
  let breakers: Breakers;
  beforeEach(() => {
    clock = 1_000;
    changes = [];
    breakers = createBreakers(defaults, {
      monotonicMs: () => clock,
      now: () => clock + 1_700_000_000_000,
      changed: (change) => changes.push(change),
    });
  });
  const open = (breaker: Breaker): void => {
    for (let fault = 0; fault < 5; fault += 1) breaker.enter()?.settle('fault');
  };

  it('are one for each action at each destination of each backend', () => {
    open(breakers.of('legacy', own).apply);
    assert.ok(breakers.of('legacy', own).apply.isOpen());
    assert.equal(breakers.of('legacy', own).query.isOpen(), false);
    assert.equal(breakers.of('legacy', common).apply.isOpen(), false);
    assert.equal(breakers.of('gateway', own).apply.isOpen(), false);
  });

  it('say which of them has changed', () => {
    open(breakers.of('legacy', own).revoke);
    assert.deepEqual(changes, [
      {
        backend: 'legacy',
        destination: own,
        action: 'revoke',
        from: 'closed',
        to: 'open',
        why: 'faults in a row: 5',
      },
    ]);
  });

  it('give the worst state of an action over the destinations of a backend', () => {
    assert.equal(breakers.worst('legacy', 'apply'), 'closed');
    breakers.of('legacy', common);
    open(breakers.of('legacy', own).apply);
    assert.equal(breakers.worst('legacy', 'apply'), 'open');
    assert.equal(breakers.worst('legacy', 'query'), 'closed');
    assert.equal(breakers.worst('gateway', 'apply'), 'closed');
    clock += 2_000;
    assert.equal(breakers.worst('legacy', 'apply'), 'half_open');
    open(breakers.of('legacy', common).apply);
    assert.equal(breakers.worst('legacy', 'apply'), 'open');
  });

  it('can be read with the time of day', () => {
    breakers.of('gateway', common);
    clock = 5_000;
    open(breakers.of('gateway', common).query);
    const place = { backend: 'gateway', destination: common } as const;
    const closed = { ...place, state: 'closed', sinceMs: 1_700_000_001_000 };
    assert.deepEqual(breakers.readings(), [
      { ...closed, action: 'apply' },
      {
        ...place,
        action: 'query',
        state: 'open',
        sinceMs: 1_700_000_005_000,
        why: 'faults in a row: 5',
        failedProbes: 0,
        probeAtMs: 1_700_000_007_000,
      },
      { ...closed, action: 'revoke' },
    ]);
  });

  it('take new options, old ones and those to come', () => {
    const { apply } = breakers.of('legacy', common);
    breakers.configure(
      { ...defaults, consecutive: 1 },
      { legacy: new Set([common, own]), gateway: new Set() },
    );
    for (const breaker of [apply, breakers.of('legacy', own).apply]) {
      breaker.enter()?.settle('fault');
      assert.ok(breaker.isOpen());
    }
  });

  it('keep their state over new options, and are forgotten with their destination', () => {
    open(breakers.of('legacy', common).apply);
    const gone = breakers.of('legacy', own).apply;
    open(gone);
    breakers.of('gateway', own);
    breakers.configure(defaults, { legacy: new Set([common]), gateway: new Set([own]) });
    assert.deepEqual(
      [...new Set(breakers.readings().map(({ backend, destination }) => `${backend} ${destination}`))],
      [`legacy ${common}`, `gateway ${own}`],
    );
    assert.ok(breakers.of('legacy', common).apply.isOpen());
    assert.equal(breakers.of('legacy', own).apply.isOpen(), false);
    assert.ok(gone.isOpen());
  });
});
