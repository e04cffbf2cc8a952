import assert from 'node:assert/strict';
import type { CallOptions, Gateway, GatewayOutcome } from '../../src/gateway/gateway.ts';
import type { Quota } from '../../src/quota/quota.ts';
import { createBreakers } from '../../src/resilience/breakers.ts';
import { spareGateway, type SpareTurnGiver } from '../../src/resilience/spare-gateway.ts';
import { defaults, failureOf, gatewayUrl, okOutcome, type Permit } from './guard-kit.ts';

export const fits = (quota: Quota): SpareTurnGiver => quota;

const request = { instanceId: 'i', actions: 'R', resources: ['a'], expireTimeMs: 1 } as const;

function bench() {
  let nowMs = 0;
  const calls: CallOptions[] = [];
  const permits: Permit[] = [];
  const overflows: string[] = [];
  const spare = {
    hasTurns: true,
    outcome: okOutcome as GatewayOutcome<{ token: string }> | Error,
    sends: true,
  };
  const call = (options: CallOptions): Promise<GatewayOutcome<{ token: string }>> => {
    calls.push(options);
    if (spare.sends) options.onSend?.();
    const { outcome } = spare;
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const inner: Gateway = {
    apply: (_request, options) => call(options),
    revoke: (_request, options) => call(options),
    query: async (_request, options) => {
      const outcome = await call(options);
      return outcome.class === 'ok' ? { ...outcome, value: { valid: true } } : outcome;
    },
    close: () => Promise.resolve(),
  };
  const breakers = createBreakers(defaults, {
    monotonicMs: () => nowMs,
    now: () => nowMs,
    changed: () => undefined,
  }).of('gateway', gatewayUrl);
  const gateway = spareGateway(inner, {
    account: 'shop',
    breakers,
    quota: {
      spareTurn: () => {
        if (!spare.hasTurns) return Promise.resolve(undefined);
        const permit = { sent: 0, unused: 0 };
        permits.push(permit);
        return Promise.resolve({
          sent: () => void (permit.sent += 1),
          unused: () => void (permit.unused += 1),
        });
      },
      overflowed: (account, action) => void overflows.push(`${account} ${action}`),
    },
  });
  const apply = (options: Partial<CallOptions> = {}) =>
    gateway.apply(request, { timeoutMs: 1_000, ...options });
  const pass = (ms: number) => void (nowMs += ms);
  return { gateway, apply, spare, calls, permits, overflows, breakers, pass };
}

describe('a gateway for calls that no client waits for', () => {
  it('is called with a spare turn, which is used when the call is written', async () => {
    const { apply, permits } = bench();
    let written = 0;
    assert.equal((await apply({ onSend: () => (written += 1) })).class, 'ok');
    assert.deepEqual([permits, written], [[{ sent: 1, unused: 0 }], 1]);
  });

  it('is not called without a turn', async () => {
    const { apply, spare, calls } = bench();
    spare.hasTurns = false;
    const outcome = await apply();
    assert.ok(outcome.class === 'throttled' && outcome.cause === 'quota');
    assert.equal(calls.length, 0);
  });

  it('is not called unless its breaker is closed, so that the one probe is a real call', async () => {
    const { apply, gateway, breakers, calls, permits, pass } = bench();
    for (let fault = 0; fault < 5; fault += 1) breakers.apply.enter()?.settle('fault');
    const open = await apply();
    assert.ok(open.class === 'fault' && open.cause === 'circuit');
    pass(2_001);
    const halfOpen = await apply();
    assert.ok(halfOpen.class === 'fault' && halfOpen.cause === 'circuit');
    assert.deepEqual([calls.length, permits.length], [0, 0]);
    assert.equal((await gateway.query({ token: 't', instanceId: 'i' }, { timeoutMs: 1 })).class, 'ok');
    breakers.apply.enter()?.settle('success');
    assert.equal((await apply()).class, 'ok');
  });

  it('opens no breaker, however often it fails, and is called once each time', async () => {
    const { apply, spare, breakers, calls } = bench();
    spare.outcome = failureOf('unconnected');
    for (let call = 0; call < 30; call += 1) await apply();
    assert.equal(breakers.apply.reading().state, 'closed');
    assert.equal(calls.length, 30);
  });

  it('gives back the turn of a call that was not written, also when it throws', async () => {
    const { apply, spare, permits } = bench();
    spare.sends = false;
    spare.outcome = failureOf('unconnected');
    await apply();
    spare.outcome = new TypeError('planted');
    const outcome = await apply();
    assert.ok(outcome.class === 'fault' && !outcome.message.includes('planted'));
    assert.deepEqual(permits, [
      { sent: 0, unused: 1 },
      { sent: 0, unused: 1 },
    ]);
  });

  it('tells the quota what the gateway says of a rate, and of no other throttling', async () => {
    const { apply, spare, overflows } = bench();
    spare.outcome = failureOf('answered', { class: 'throttled' });
    await apply();
    spare.hasTurns = false;
    await apply();
    assert.deepEqual(overflows, ['shop apply']);
  });
});
