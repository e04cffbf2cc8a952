import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createObservedShare } from '../../src/split/observed-share.ts';

describe('the observed share', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 1_790_000_000_400;
  });
  const share = () => createObservedShare(() => nowMs);

  it('is null while there were no calls', () => {
    assert.equal(share().percent(), null);
  });

  it('is the percentage that the gateway answered, with two decimals', () => {
    const observed = share();
    for (const backend of ['gateway', 'legacy', 'legacy'] as const) observed.answered(backend);
    assert.equal(observed.percent(), 33.33);
  });

  it('is 0 and 100 at the ends, not null', () => {
    const [none, all] = [share(), share()];
    none.answered('legacy');
    all.answered('gateway');
    assert.deepEqual([none.percent(), all.percent()], [0, 100]);
  });

  it('forgets a call after 60 seconds and not before', () => {
    const observed = share();
    observed.answered('gateway');
    nowMs += 59_000;
    assert.equal(observed.percent(), 100);
    observed.answered('legacy');
    assert.equal(observed.percent(), 50);
    nowMs += 1_000;
    assert.equal(observed.percent(), 0);
    nowMs += 59_000;
    assert.equal(observed.percent(), null);
  });

  it('does not mix up seconds that share a slot', () => {
    const observed = share();
    observed.answered('gateway');
    nowMs += 60_000;
    observed.answered('legacy');
    assert.equal(observed.percent(), 0);
  });

  it('leaves calls out that lie in the future after the clock was set back', () => {
    const observed = share();
    observed.answered('gateway');
    nowMs -= 10_000;
    assert.equal(observed.percent(), null);
    observed.answered('legacy');
    assert.equal(observed.percent(), 0);
  });

  it('agrees with counting the calls of the window one by one', () => {
    const calls = fc.array(
      fc.record({ afterMs: fc.nat(20_000), backend: fc.constantFrom('legacy', 'gateway') }),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(calls, (made) => {
        let atMs = 0;
        const observed = createObservedShare(() => atMs);
        const seen: { second: number; backend: string }[] = [];
        for (const { afterMs, backend } of made) {
          atMs += afterMs;
          observed.answered(backend);
          seen.push({ second: Math.floor(atMs / 1000), backend });
        }
        const inWindow = seen.filter(({ second }) => second > Math.floor(atMs / 1000) - 60);
        const byGateway = inWindow.filter(({ backend }) => backend === 'gateway').length;
        const expected =
          inWindow.length === 0 ? null : Math.round((byGateway / inWindow.length) * 10_000) / 100;
        assert.equal(observed.percent(), expected);
      }),
    );
  });
});
