// The breaker under any sequence of calls, results and time: what must hold whatever happens.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lostProbeAfterMs } from '../../src/resilience/breaker-phase.ts';
import { createBreaker, type Attempt, type Verdict } from '../../src/resilience/breaker.ts';
import type { BreakerOptions } from '../../src/resilience/breaker-rule.ts';

type Step =
  | { readonly kind: 'enter' }
  | { readonly kind: 'settle'; readonly which: number; readonly verdict: Verdict }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'configure'; readonly options: BreakerOptions };

const verdict = fc.constantFrom<Verdict>('success', 'fault', 'fault', 'neutral');
const anyOptions: fc.Arbitrary<BreakerOptions> = fc.record({
  consecutive: fc.integer({ min: 1, max: 4 }),
  errorPercent: fc.integer({ min: 1, max: 100 }),
  minCalls: fc.integer({ min: 1, max: 8 }),
  windowMs: fc.integer({ min: 1, max: 20_000 }),
  openForMs: fc.integer({ min: 1, max: 5_000 }),
  openAtMostMs: fc.integer({ min: 1, max: 8_000 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ kind: 'enter' }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(), verdict }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.oneof(fc.nat(20), fc.nat(4_000), fc.constant(lostProbeAfterMs)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('configure' as const), options: anyOptions }) },
);

/** What a test knows of an attempt: in which stretch between two changes of state it began. */
interface Known {
  readonly attempt: Attempt;
  readonly stretch: number;
  readonly beganMs: number;
}

describe('the breaker, whatever happens,', () => {
  it('never refuses while closed, lets one probe through at a time, and obeys only the calls of its present state', () => {
    fc.assert(
      fc.property(anyOptions, fc.array(step, { maxLength: 120 }), (first, steps) => {
        let options = first;
        let clock = 0;
        let stretch = 0;
        let openedMs = 0;
        /** The longest that it may stay open from `openedMs` on. */
        let openAtMostMs = 0;
        const under = new Set<Known>();
        let probe: Known | undefined;
        const breaker = createBreaker(first, {
          monotonicMs: () => clock,
          changed: ({ to }) => {
            stretch += 1;
            if (to === 'open') {
              openedMs = clock;
              openAtMostMs = options.openAtMostMs;
            }
          },
        });

        for (const move of steps) {
          const { state: before } = breaker.reading();
          switch (move.kind) {
            case 'enter': {
              const open = breaker.isOpen();
              const wait = breaker.retryAfterMs();
              const attempt = breaker.enter();
              assert.equal(attempt === undefined, open, 'isOpen says what enter does');
              assert.equal(wait > 0, open);
              if (before === 'closed') assert.ok(attempt, 'never refuses while closed');
              if (before === 'open')
                assert.ok(clock - openedMs < openAtMostMs, 'open no longer than its limit');
              if (before === 'half_open') {
                const isLost = probe !== undefined && clock - probe.beganMs >= lostProbeAfterMs;
                assert.equal(attempt !== undefined, probe === undefined || isLost, 'one probe at a time');
              }
              if (attempt === undefined) break;
              const known = { attempt, stretch, beganMs: clock };
              under.add(known);
              if (breaker.reading().state === 'half_open') probe = known;
              break;
            }
            case 'settle': {
              const known = [...under][move.which % Math.max(1, under.size)];
              if (known === undefined) break;
              under.delete(known);
              const wasProbe = known === probe;
              const counts = known.stretch === stretch && (before !== 'half_open' || wasProbe);
              const former = stretch;
              known.attempt.settle(move.verdict);
              const { state: after } = breaker.reading();
              if (!counts) assert.equal(stretch, former, 'late results change nothing');
              else if (wasProbe) {
                probe = undefined;
                const expected = { success: 'closed', fault: 'open', neutral: 'half_open' } as const;
                assert.equal(after, expected[move.verdict]);
              } else if (move.verdict !== 'fault') assert.equal(after, 'closed');
              break;
            }
            case 'pass':
              clock += move.ms;
              break;
            case 'configure':
              options = move.options;
              breaker.configure(options);
              openAtMostMs = Math.min(openAtMostMs, options.openAtMostMs);
              assert.equal(
                breaker.reading().state === 'closed',
                before === 'closed',
                'options do not close it',
              );
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
