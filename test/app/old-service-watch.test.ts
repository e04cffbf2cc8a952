import assert from 'node:assert/strict';
import { createOldServiceWatch } from '../../src/app/old-service-watch.ts';
import { createBreakers } from '../../src/resilience/breakers.ts';

describe('the watch over the old services', () => {
  const [one, other] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'] as const;
  let nowMs: number;
  let dead: Set<string>;
  beforeEach(() => {
    nowMs = 0;
    dead = new Set();
  });
  const make = (...urls: string[]) => {
    const breakers = createBreakers(
      {
        consecutive: 1,
        errorPercent: 50,
        minCalls: 20,
        windowMs: 10_000,
        openForMs: 2_000,
        openAtMostMs: 5_000,
      },
      { monotonicMs: () => nowMs, now: () => nowMs, changed: () => undefined },
    );
    const watch = createOldServiceWatch({
      urls: () => new Set(urls),
      breakers,
      probe: (url) => Promise.resolve(!dead.has(url)),
      monotonicMs: () => nowMs,
    });
    return { watch, breakers };
  };

  it('finds none where none is configured', () => {
    assert.equal(make().watch.state(), 'none');
  });

  it('takes one for alive until two probes in a row found it dead', async () => {
    const { watch } = make(one);
    dead.add(one);
    await watch.look();
    assert.equal(watch.state(), 'answers');
    await watch.look();
    assert.equal(watch.state(), 'silent');
    dead.clear();
    await watch.look();
    assert.equal(watch.state(), 'answers');
  });

  it('believes an answered call of the last ten seconds more than probes', async () => {
    const { watch } = make(one);
    dead.add(one);
    await watch.look();
    await watch.look();
    watch.answered(one);
    nowMs += 9_999;
    assert.equal(watch.state(), 'answers');
    nowMs += 1;
    assert.equal(watch.state(), 'silent');
  });

  it('finds one silent at once whose breaker is open', () => {
    const { watch, breakers } = make(one);
    watch.answered(one);
    breakers.of('legacy', one).apply.enter()?.settle('fault');
    assert.equal(watch.state(), 'silent');
  });

  it('goes by probes where no client has tried for long whether an open breaker can close', async () => {
    const { watch, breakers } = make(one);
    breakers.of('legacy', one).apply.enter()?.settle('fault');
    nowMs += 2_000 + 9_999;
    await watch.look();
    assert.equal(watch.state(), 'silent');
    nowMs += 1;
    assert.equal(watch.state(), 'answers');
    dead.add(one);
    await watch.look();
    assert.equal(watch.state(), 'silent');
  });

  it('goes back where at least one answers', async () => {
    const { watch } = make(one, other);
    dead.add(one);
    await watch.look();
    await watch.look();
    assert.equal(watch.state(), 'answers');
    dead.add(other);
    await watch.look();
    await watch.look();
    assert.equal(watch.state(), 'silent');
  });
});
