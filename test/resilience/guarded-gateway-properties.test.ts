// The guarded gateway whatever the quota and the gateway do: permits, time and the breaker add up.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GatewayFailure } from '../../src/gateway/gateway.ts';
import { answerMarginMs } from '../../src/resilience/deadline.ts';
import { mayRetry } from '../../src/resilience/retry.ts';
import { defaults, failureOf, gatewayUrl, guardBench, okOutcome, reused, unconnected } from './guard-kit.ts';
import type { GatewayStep, QuotaStep } from './guard-kit.ts';

const failures: readonly GatewayFailure[] = [
  unconnected,
  reused,
  failureOf('unconnected', { code: 'TooManyCalls' }),
  failureOf('broken', { reusedConnection: false }),
  failureOf('timeout'),
  failureOf('unreadable'),
  failureOf('answered'),
  failureOf('answered', { class: 'throttled' }),
  failureOf('answered', { class: 'rejected' }),
  failureOf('credentials', { class: 'denied' }),
  failureOf('aborted', { class: 'rejected' }),
];
const tookMs = fc.oneof(fc.constant(0), fc.nat(6_000));
const gatewayStep: fc.Arbitrary<GatewayStep> = fc.record({
  outcome: fc.oneof(
    fc.constant(okOutcome),
    fc.constantFrom(...failures),
    fc.constantFrom(unconnected, reused),
    fc.constant('throw' as const),
  ),
  sends: fc.boolean(),
  tookMs,
});
const quotaStep: fc.Arbitrary<QuotaStep> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('turn' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('too-late' as const, 'full' as const, 'left' as const, 'throw' as const),
    },
  ),
  tookMs,
});
const patience = fc.record({
  totalMs: fc.integer({ min: 1, max: 8_000 }),
  callMs: fc.integer({ min: 1, max: 5_000 }),
  reserveMs: fc.nat(3_000),
});

describe('the guarded gateway, whatever happens,', () => {
  it('settles each permit once, keeps within its time, and tries again only what may be', async () => {
    const plan = fc.record({
      gateway: fc.array(gatewayStep, { maxLength: 2 }),
      quota: fc.array(quotaStep, { maxLength: 2 }),
      patience,
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ gateway, quota, patience: given }) => {
        const bench = guardBench();
        bench.gatewaySteps.push(...gateway);
        bench.quotaSteps.push(...quota);
        const startedMs = bench.clockMs;
        await bench.apply(bench.patience(given));
        for (const permit of bench.permits) assert.equal(permit.sent + permit.unused, 1);
        const limitMs = Math.max(0, given.totalMs - answerMarginMs - given.reserveMs);
        assert.ok(bench.clockMs - startedMs <= limitMs, `${bench.clockMs - startedMs} of ${limitMs} ms`);
        for (const { timeoutMs } of bench.calls) assert.ok(timeoutMs >= 1 && timeoutMs <= given.callMs);
        assert.ok(bench.calls.length <= 2);
        assert.equal(bench.retries.length, Math.max(0, bench.calls.length - 1));
        if (bench.calls.length === 2) {
          const first = gateway[0]?.outcome;
          assert.ok(first !== undefined && first !== 'throw' && first.class !== 'ok' && mayRetry(first));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('never holds the place of the probe longer than its call', async () => {
    const plan = fc.array(
      fc.record({ gateway: gatewayStep, quota: quotaStep, patience, waitMs: fc.nat(3_000) }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const bench = guardBench({ ...defaults, consecutive: 2 });
        const breaker = bench.breakers.of('gateway', gatewayUrl).apply;
        for (const { gateway, quota, patience: given, waitMs } of steps) {
          bench.gatewaySteps.splice(0, Infinity, gateway);
          bench.quotaSteps.splice(0, Infinity, quota);
          await bench.apply(bench.patience(given));
          // With nothing under way, only an open breaker refuses: no attempt was left behind.
          assert.equal(breaker.isOpen(), breaker.reading().state === 'open');
          bench.clockMs += waitMs;
        }
      }),
    );
  });

  it('asks an open gateway one call at a time, however many want to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(gatewayStep, { maxLength: 30 }),
        fc.integer({ min: 2, max: 10 }),
        async (steps, callers) => {
          const bench = guardBench();
          const breaker = bench.breakers.of('gateway', gatewayUrl).apply;
          for (let fault = 0; fault < 5; fault += 1) breaker.enter()?.settle('fault');
          bench.clockMs += 2_000;
          // No time passes, and the breaker never closes: whoever is asked is a probe.
          bench.gatewaySteps.push(
            ...steps.map((step) => ({
              ...step,
              tookMs: 0,
              ...(typeof step.outcome === 'object' && step.outcome.class !== 'fault' && { sends: false }),
            })),
            ...Array.from({ length: callers }, () => ({ outcome: failureOf('answered') })),
          );
          const besideProbe: boolean[] = [];
          bench.underWay = () => void besideProbe.push(breaker.isOpen() && breaker.enter() === undefined);
          await Promise.all(Array.from({ length: callers }, () => bench.apply()));
          assert.ok(bench.calls.length > 0);
          assert.deepEqual(besideProbe, Array<boolean>(bench.calls.length).fill(true));
        },
      ),
    );
  });
});
