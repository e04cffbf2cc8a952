import assert from 'node:assert/strict';
import type { GatewayFailure, GatewayOutcome } from '../../src/gateway/gateway.ts';
import type { Quota } from '../../src/quota/quota.ts';
import type { TurnGiver } from '../../src/resilience/guarded-gateway.ts';
import { failureOf, gatewayUrl, guardBench, okOutcome, reused, unconnected } from './guard-kit.ts';
import type { GuardBench, QuotaStep } from './guard-kit.ts';

/** Compiles only as long as the quota fits in where a giver of turns is asked for. */
export const fits = (quota: Quota): TurnGiver => quota;

function failed(outcome: GatewayOutcome<unknown>): GatewayFailure {
  assert.ok(outcome.class !== 'ok');
  return outcome;
}

describe('the guarded gateway', () => {
  let bench: GuardBench;
  beforeEach(() => {
    bench = guardBench();
  });
  const breaker = () => bench.breakers.of('gateway', gatewayUrl).apply;
  const open = (): void => {
    for (let fault = 0; fault < 5; fault += 1) breaker().enter()?.settle('fault');
  };

  it('makes a call in its turn, for as long as the call may take', async () => {
    assert.deepEqual(await bench.apply(), okOutcome);
    // 4,500 ms less the margin for the answer, less what the call itself should have.
    assert.deepEqual(bench.waits, [3_900]);
    assert.deepEqual(
      bench.calls.map(({ timeoutMs }) => timeoutMs),
      [3_000],
    );
    assert.deepEqual(bench.permits, [{ sent: 1, unused: 0 }]);
  });

  it('lets whoever waits leave the queue and the call', async () => {
    const patience = bench.patience();
    await bench.apply(patience);
    assert.equal(bench.waitSignals[0], patience.signal);
    assert.equal(bench.calls[0]?.signal, patience.signal);
  });

  it('guards each action by a breaker of its own', async () => {
    open();
    const named = { instanceId: 'i', token: 't' };
    assert.equal(failed(await bench.apply()).cause, 'circuit');
    assert.equal((await bench.gateway.query(named, bench.patience())).class, 'ok');
    assert.equal((await bench.gateway.revoke(named, bench.patience())).class, 'ok');
  });

  it('leaves time for somebody else to try, in the queue and in the call', async () => {
    bench.quotaSteps.push({ kind: 'turn', tookMs: 400 });
    await bench.apply(bench.patience({ reserveMs: 1_500 }));
    assert.deepEqual(bench.waits, [2_400]);
    assert.deepEqual(
      bench.calls.map(({ timeoutMs }) => timeoutMs),
      [2_500],
    );
  });

  it('closes the gateway inside when it is closed', async () => {
    await bench.gateway.close();
    assert.equal(bench.closed(), 1);
  });

  describe('while the breaker is open', () => {
    it('refuses at once, before the queue, and says when to come again', async () => {
      open();
      bench.clockMs += 500;
      const outcome = failed(await bench.apply());
      assert.deepEqual(
        [outcome.class, outcome.cause, outcome.code, outcome.retryAfterMs],
        ['fault', 'circuit', 'CircuitOpen', 1_500],
      );
      assert.deepEqual([bench.waits.length, bench.calls.length], [0, 0]);
    });

    it('gives back the turn of a call for which it was opened too late', async () => {
      bench.quotaSteps.push({ kind: 'turn', tookMs: 100 });
      const pending = bench.apply();
      open();
      assert.equal(failed(await pending).cause, 'circuit');
      assert.deepEqual(bench.permits, [{ sent: 0, unused: 1 }]);
      assert.equal(bench.calls.length, 0);
    });

    it('lets one of many calls through as a probe, and refuses the others', async () => {
      open();
      bench.clockMs += 2_000;
      const outcomes = await Promise.all([bench.apply(), bench.apply(), bench.apply()]);
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.class === 'ok' ? 'ok' : outcome.cause)),
        ['ok', 'circuit', 'circuit'],
      );
      assert.equal(breaker().reading().state, 'closed');
      assert.deepEqual(
        bench.permits.map(({ unused }) => unused),
        [0, 1, 1],
      );
    });

    for (const cause of ['aborted', 'answered'] as const) {
      it(`frees the place of a probe that was rejected (${cause}) before it was sent`, async () => {
        open();
        bench.clockMs += 2_000;
        bench.gatewaySteps.push({ outcome: failureOf(cause, { class: 'rejected' }), sends: false });
        await bench.apply();
        assert.equal(breaker().reading().state, 'half_open');
        assert.equal((await bench.apply()).class, 'ok');
        assert.equal(breaker().reading().state, 'closed');
      });
    }
  });

  it('opens the breaker after faults in a row, and hears of the gateway no more', async () => {
    const fault = failureOf('answered', { code: 'InternalError' });
    bench.gatewaySteps.push(...Array.from({ length: 9 }, () => ({ outcome: fault })));
    const causes: string[] = [];
    for (let call = 0; call < 7; call += 1) causes.push(failed(await bench.apply()).cause);
    assert.deepEqual(causes, [...Array<string>(5).fill('answered'), 'circuit', 'circuit']);
    assert.equal(bench.calls.length, 5);
    assert.equal(bench.changes[0]?.action, 'apply');
  });

  it('does not hold a time-out against the gateway when the call had hardly any time', async () => {
    const timeout = failureOf('timeout', { code: 'RequestTimeout' });
    for (let call = 0; call < 20; call += 1) {
      bench.gatewaySteps.push({ outcome: timeout });
      await bench.apply(bench.patience({ totalMs: 599 }));
    }
    assert.equal(breaker().isOpen(), false);
    for (let call = 0; call < 5; call += 1) {
      bench.gatewaySteps.push({ outcome: timeout });
      await bench.apply(bench.patience({ totalMs: 600 }));
    }
    assert.ok(breaker().isOpen());
  });

  describe('without a turn', () => {
    const cases: [QuotaStep['kind'], string, string, string][] = [
      ['too-late', 'throttled', 'quota', 'QuotaExceeded'],
      ['full', 'throttled', 'quota', 'QuotaExceeded'],
      ['left', 'rejected', 'aborted', 'RequestAborted'],
      ['closed', 'fault', 'unconnected', 'ConnectionClosed'],
    ];
    for (const [kind, outcomeClass, cause, code] of cases) {
      it(`is ${outcomeClass} (${cause}, ${code}) when the quota says ${kind}`, async () => {
        bench.quotaSteps.push({ kind });
        const outcome = failed(await bench.apply());
        assert.deepEqual([outcome.class, outcome.cause, outcome.code], [outcomeClass, cause, code]);
        assert.equal(bench.calls.length, 0);
        assert.equal(bench.waits.length, 1);
      });
    }

    it('says who holds the call back, for which account and until when', async () => {
      bench.quotaSteps.push({ kind: 'too-late' });
      const { message, retryAfterMs } = failed(await bench.apply());
      assert.match(message, /This server holds back a call of account shop.*gateway was not asked/);
      assert.equal(retryAfterMs, 321);
    });

    it('does not call when no time is left, and gives the turn back', async () => {
      for (const patience of [bench.patience({ totalMs: 100 }), bench.patience({ reserveMs: 4_400 })]) {
        const outcome = failed(await bench.apply(patience));
        assert.deepEqual([outcome.class, outcome.code], ['throttled', 'RequestTooLate']);
      }
      assert.deepEqual(bench.waits, [0, 0]);
      assert.equal(bench.calls.length, 0);
      assert.deepEqual(
        bench.permits.map(({ unused }) => unused),
        [1, 1],
      );
    });
  });

  it('tells the quota when the gateway itself finds the account over its rate', async () => {
    bench.gatewaySteps.push({
      outcome: failureOf('answered', { class: 'throttled', code: 'ApplyTokenOverFlow' }),
    });
    await bench.apply();
    bench.gatewaySteps.push({ outcome: failureOf('credentials', { class: 'throttled' }), sends: false });
    await bench.apply();
    assert.deepEqual(bench.overflows, ['shop apply']);
  });

  it('gives back the turn of a call that was never sent', async () => {
    bench.gatewaySteps.push({ outcome: failureOf('credentials', { class: 'denied' }), sends: false });
    await bench.apply();
    assert.deepEqual(bench.permits, [{ sent: 0, unused: 1 }]);
  });

  it('settles a turn once, though the gateway inside says twice, or too late, that it sends', async () => {
    bench.underWay = () => bench.calls.at(-1)?.onSend?.();
    await bench.apply();
    bench.underWay = () => undefined;
    bench.gatewaySteps.push({ outcome: failureOf('timeout'), sends: false });
    await bench.apply();
    bench.calls.at(-1)?.onSend?.();
    assert.deepEqual(bench.permits, [
      { sent: 1, unused: 0 },
      { sent: 0, unused: 1 },
    ]);
  });

  it('gives everything back when the gateway inside throws, and shows nothing of what was thrown', async () => {
    for (const sends of [true, false]) bench.gatewaySteps.push({ outcome: 'throw', sends });
    for (let call = 0; call < 2; call += 1) {
      const outcome = failed(await bench.apply());
      assert.deepEqual([outcome.class, outcome.code], ['fault', 'UnexpectedFailure']);
      assert.match(outcome.message, /TypeError/);
      assert.doesNotMatch(JSON.stringify(outcome), /planted|http/);
    }
    assert.deepEqual(bench.permits, [
      { sent: 1, unused: 0 },
      { sent: 0, unused: 1 },
    ]);
    bench.quotaSteps.push({ kind: 'throw' });
    assert.equal(failed(await bench.apply()).code, 'UnexpectedFailure');
    assert.equal(bench.retries.length, 0);
  });

  describe('after a call that may be tried again', () => {
    for (const [what, first, told] of [
      ['that was not connected', unconnected, 'apply unconnected'],
      ['whose idle connection died', reused, 'apply reused-connection'],
    ] as const) {
      it(`tries one ${what} once more, in a turn of its own, and says so`, async () => {
        bench.gatewaySteps.push({ outcome: first });
        assert.deepEqual(await bench.apply(), okOutcome);
        assert.deepEqual([bench.calls.length, bench.permits.length], [2, 2]);
        assert.deepEqual(bench.retries, [told]);
      });
    }

    it('does not try a third time', async () => {
      bench.gatewaySteps.push({ outcome: reused }, { outcome: unconnected }, { outcome: okOutcome });
      assert.deepEqual(await bench.apply(), unconnected);
      assert.equal(bench.calls.length, 2);
    });

    it('tries nothing again for a client that has left', async () => {
      const client = new AbortController();
      bench.gatewaySteps.push({ outcome: unconnected });
      bench.underWay = () => client.abort();
      assert.deepEqual(await bench.apply(bench.patience({ signal: client.signal })), unconnected);
      assert.deepEqual([bench.calls.length, bench.retries.length], [1, 0]);
    });

    it('tries again only while there is time, after a connection that could not be had in 1.5 s too', async () => {
      bench.gatewaySteps.push({ outcome: unconnected, tookMs: 1_500 });
      assert.equal((await bench.apply(bench.patience({ reserveMs: 1_500 }))).class, 'ok');
      assert.deepEqual(
        bench.calls.map(({ timeoutMs }) => timeoutMs),
        [2_900, 1_400],
      );
      bench.gatewaySteps.push({ outcome: unconnected, tookMs: 2_500 });
      assert.equal(failed(await bench.apply(bench.patience({ reserveMs: 1_500 }))).cause, 'unconnected');
      assert.equal(bench.calls.length, 3);
    });

    it('leaves the first failure standing where the quota gives no second turn', async () => {
      bench.gatewaySteps.push({ outcome: reused });
      bench.quotaSteps.push({ kind: 'turn' }, { kind: 'too-late' });
      assert.deepEqual(await bench.apply(), reused);
      assert.equal(bench.retries.length, 0);
    });

    it('leaves the first failure standing where it opened the breaker', async () => {
      for (let fault = 0; fault < 4; fault += 1) breaker().enter()?.settle('fault');
      bench.gatewaySteps.push({ outcome: unconnected });
      assert.deepEqual(await bench.apply(), unconnected);
      assert.deepEqual([bench.waits.length, bench.retries.length], [1, 0]);
    });

    it('does not open the breaker when many idle connections die at once', async () => {
      const calls = 40;
      bench.gatewaySteps.push(...Array.from({ length: calls }, () => ({ outcome: reused })));
      const outcomes = await Promise.all(Array.from({ length: calls }, () => bench.apply()));
      assert.ok(outcomes.every((outcome) => outcome.class === 'ok'));
      assert.equal(breaker().isOpen(), false);
    });
  });

  const final: GatewayFailure[] = [
    failureOf('answered', { code: 'InternalError' }),
    failureOf('answered', { class: 'throttled', code: 'Throttling.User' }),
    failureOf('answered', { class: 'denied', code: 'NoPermission' }),
    failureOf('unreadable'),
    failureOf('timeout'),
    failureOf('broken', { reusedConnection: false }),
    failureOf('unconnected', { code: 'TooManyCalls' }),
    failureOf('unconnected', { code: 'ConnectionClosed' }),
  ];
  for (const failure of final) {
    it(`does not try again after ${failure.cause} with ${failure.class} ${failure.code}`, async () => {
      bench.gatewaySteps.push({ outcome: failure });
      assert.deepEqual(await bench.apply(), failure);
      assert.equal(bench.calls.length, 1);
    });
  }
});
