import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import type { OutcomeClass } from '../../src/gateway/gateway.ts';
import type { LegacyAnswer, OldService } from '../../src/legacy/old-service.ts';
import { createBreakers } from '../../src/resilience/breakers.ts';
import { answerMarginMs, startDeadline } from '../../src/resilience/deadline.ts';
import { guardOldService } from '../../src/resilience/guarded-old-service.ts';
import type {
  ForwardedCall,
  Forwarder,
  ForwardFailure,
  GuardedOldService,
} from '../../src/resilience/guarded-old-service.ts';
import { mayRetry } from '../../src/resilience/retry.ts';
import type { Patience } from '../../src/resilience/patience.ts';
import { defaults } from './guard-kit.ts';

/** Compiles only as long as the old service is one that can be guarded. */
export const fits = (oldService: OldService): Forwarder<IncomingMessage, LegacyAnswer> => oldService;

/** An answer is its class; a failure is what it is. */
type Step = { readonly ends: OutcomeClass | Omit<ForwardFailure, 'durationMs'>; readonly tookMs?: number };
type Reading = { readonly outcome: OutcomeClass };

const failure = (cause: ForwardFailure['cause'], reusedConnection?: boolean): Step => ({
  ends: { kind: 'failure', cause, detail: 'D', reusedConnection },
});
const call: ForwardedCall<string> = {
  action: 'apply',
  baseUrl: 'http://old.test',
  request: 'request',
  body: Buffer.from('body'),
  isGenuine: true,
};

function oldServiceBench() {
  let clockMs = 1_000;
  const steps: Step[] = [];
  const limits: number[] = [];
  const called: string[] = [];
  const retried: string[] = [];
  const breakers = createBreakers(defaults, {
    monotonicMs: () => clockMs,
    now: () => clockMs,
    changed: () => undefined,
  });
  const oldService: Forwarder<string, OutcomeClass> = {
    forward: async (request, body, { baseUrl, timeoutMs }) => {
      await Promise.resolve();
      assert.deepEqual([request, body], [call.request, call.body]);
      assert.ok(baseUrl.startsWith('http://'));
      limits.push(timeoutMs);
      const { ends, tookMs = 0 } = steps.shift() ?? { ends: 'ok' };
      const durationMs = Math.min(tookMs, timeoutMs);
      clockMs += durationMs;
      return typeof ends === 'string'
        ? { kind: 'answer', answer: ends, durationMs }
        : { ...ends, durationMs };
    },
  };
  const guarded: GuardedOldService<string, OutcomeClass, Reading> = guardOldService(oldService, {
    breakersOf: (baseUrl) => breakers.of('legacy', baseUrl),
    read: (_action, outcome) => ({ outcome }),
    called: (action, outcome) => called.push(`${action} ${outcome}`),
    retried: (action, cause) => retried.push(`${action} ${cause}`),
  });
  const patience = ({
    totalMs = 4_500,
    ...rest
  }: Partial<Patience> & { totalMs?: number } = {}): Patience => ({
    deadline: startDeadline(totalMs, () => clockMs),
    signal: new AbortController().signal,
    callMs: 3_000,
    reserveMs: 0,
    ...rest,
  });
  return {
    steps,
    limits,
    called,
    retried,
    breakers: breakers,
    patience,
    clockMs: () => clockMs,
    advance: (ms: number) => void (clockMs += ms),
    forward: (different: Partial<ForwardedCall<string>> = {}, given = patience()) =>
      guarded.forward({ ...call, ...different }, given),
  };
}

describe('the guarded old service', () => {
  let bench: ReturnType<typeof oldServiceBench>;
  beforeEach(() => {
    bench = oldServiceBench();
  });
  const breaker = () => bench.breakers.of('legacy', call.baseUrl).apply;
  const open = (): void => {
    for (let fault = 0; fault < 5; fault += 1) breaker().enter()?.settle('fault');
  };

  it('gives the answer with what it means, and counts the call', async () => {
    bench.steps.push({ ends: 'denied', tookMs: 7 });
    assert.deepEqual(await bench.forward(), {
      kind: 'answer',
      answer: 'denied',
      reading: { outcome: 'denied' },
      durationMs: 7,
    });
    assert.deepEqual([bench.limits, bench.called, bench.retried], [[3_000], ['apply denied'], []]);
  });

  it('gives a call what is left of the deadline, less what others need', async () => {
    await bench.forward({}, bench.patience({ reserveMs: 2_000 }));
    assert.deepEqual(bench.limits, [2_400]);
  });

  it('asks an old service with an open breaker nothing, and says when to come again', async () => {
    open();
    bench.advance(400);
    assert.deepEqual(await bench.forward(), { kind: 'refused', cause: 'circuit', retryAfterMs: 1_600 });
    assert.deepEqual([bench.limits, bench.called], [[], []]);
  });

  it('asks other old services, and for other actions, all the same', async () => {
    open();
    assert.equal((await bench.forward({ baseUrl: 'http://own.test' })).kind, 'answer');
    assert.equal((await bench.forward({ action: 'query' })).kind, 'answer');
  });

  it('does not ask when no time is left', async () => {
    const refused = await bench.forward({}, bench.patience({ totalMs: 100 }));
    assert.deepEqual(refused, { kind: 'refused', cause: 'deadline' });
    assert.deepEqual(bench.limits, []);
  });

  const faults: Record<string, Step> = {
    'answers that are faults': { ends: 'fault' },
    'broken answers': failure('broken', false),
    'unreadable answers': failure('unreadable'),
    'time-outs': failure('timeout'),
  };
  for (const [what, step] of Object.entries(faults)) {
    it(`opens the breaker after ${what} in a row`, async () => {
      bench.steps.push(...Array<Step>(5).fill(step));
      for (let count = 0; count < 5; count += 1) await bench.forward();
      assert.equal((await bench.forward()).kind, 'refused');
      assert.deepEqual(bench.called, Array(5).fill('apply fault'));
    });

    it(`does not open it after ${what} to requests that nobody vouches for`, async () => {
      bench.steps.push(...Array<Step>(30).fill(step));
      for (let count = 0; count < 30; count += 1) await bench.forward({ isGenuine: false });
      assert.equal(breaker().isOpen(), false);
    });
  }

  it('does not hold a time-out against an old service that had hardly any time', async () => {
    bench.steps.push(...Array<Step>(20).fill(failure('timeout')));
    for (let count = 0; count < 20; count += 1) await bench.forward({}, bench.patience({ totalMs: 599 }));
    assert.equal(breaker().isOpen(), false);
  });

  it('opens the breaker when no connection can be had, whoever asks', async () => {
    bench.steps.push(...Array<Step>(6).fill(failure('unconnected')));
    for (let count = 0; count < 3; count += 1) await bench.forward({ isGenuine: false });
    assert.ok(breaker().isOpen());
    assert.equal(bench.limits.length, 5);
  });

  for (const outcome of ['ok', 'rejected', 'denied', 'throttled'] as const) {
    it(`closes after a probe that was answered with ${outcome}`, async () => {
      open();
      bench.advance(2_000);
      bench.steps.push({ ends: outcome });
      await bench.forward();
      assert.equal(breaker().reading().state, 'closed');
    });
  }

  for (const [step, told] of [
    [failure('unconnected'), 'apply unconnected'],
    [failure('broken', true), 'apply reused-connection'],
  ] as const) {
    it(`tries a call once more after ${told}, and counts both`, async () => {
      bench.steps.push(step);
      assert.equal((await bench.forward()).kind, 'answer');
      assert.deepEqual([bench.retried, bench.called], [[told], ['apply fault', 'apply ok']]);
      bench.steps.push(step, step);
      assert.equal((await bench.forward()).kind, 'failure');
      assert.equal(bench.limits.length, 4);
    });
  }

  it('tries nothing again for a client that has left', async () => {
    bench.steps.push(failure('unconnected'));
    const ended = await bench.forward({}, bench.patience({ signal: AbortSignal.abort() }));
    assert.equal(ended.kind, 'failure');
    assert.equal(bench.limits.length, 1);
  });

  it('leaves the first failure standing where it opened the breaker', async () => {
    for (let fault = 0; fault < 4; fault += 1) breaker().enter()?.settle('fault');
    bench.steps.push(failure('unconnected'));
    const ended = await bench.forward();
    assert.ok(ended.kind === 'failure' && ended.cause === 'unconnected');
    assert.deepEqual(bench.retried, []);
  });

  it('frees the place of the probe when the old service inside throws', async () => {
    open();
    bench.advance(2_000);
    await assert.rejects(bench.forward({ request: 'another one' }));
    assert.equal((await bench.forward()).kind, 'answer');
  });

  it('keeps within its time and tries again only what may be, whatever happens', async () => {
    const step: fc.Arbitrary<Step> = fc.record({
      ends: fc.oneof(
        fc.constantFrom<OutcomeClass[]>('ok', 'rejected', 'fault'),
        fc.record({
          kind: fc.constant('failure' as const),
          cause: fc.constantFrom('unconnected', 'broken', 'timeout', 'unreadable'),
          detail: fc.constant('D'),
          reusedConnection: fc.boolean(),
        }),
      ),
      tookMs: fc.oneof(fc.constant(0), fc.nat(6_000)),
    });
    const patience = fc.record({
      totalMs: fc.integer({ min: 1, max: 8_000 }),
      callMs: fc.integer({ min: 1, max: 5_000 }),
      reserveMs: fc.nat(3_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 2 }), patience, async (steps, given) => {
        const { clockMs, limits, retried, ...fresh } = oldServiceBench();
        fresh.steps.push(...steps);
        const startedMs = clockMs();
        await fresh.forward({}, fresh.patience(given));
        const limitMs = Math.max(0, given.totalMs - answerMarginMs - given.reserveMs);
        assert.ok(clockMs() - startedMs <= limitMs);
        assert.equal(retried.length, Math.max(0, limits.length - 1));
        const first = steps[0]?.ends;
        if (limits.length === 2) assert.ok(typeof first === 'object' && mayRetry(first));
      }),
      { numRuns: 500 },
    );
  });
});
