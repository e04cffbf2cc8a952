// Circuit breakers as clients and operators see them: a backend that fails again and again is left alone for a while.
import assert from 'node:assert/strict';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { eventually } from '../store/kit.ts';

describe('the circuit breakers', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());

  const start = async (document: ConfigDocument = {}): Promise<void> => {
    world = await startProxiedWorld({
      config: ({ gateway, legacy }) => ({
        backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http' }, legacy: { url: legacy.url } },
        split: { gatewayPercent: 100 },
        breaker: { openFor: '300ms', openAtMost: '300ms' },
        ...document,
      }),
    });
  };
  const apply = (account: { accessKey: string; secret: string } = world) =>
    callOld(world.url, '/token/apply', applyFields(world.instanceId), account);
  const fail = (backend: 'gateway' | 'legacy') =>
    world.sandbox[backend].faults.set({
      kind: 'answer',
      code: backend === 'gateway' ? 'InternalError' : 500,
      status: 500,
    });
  const state = (backend: string, name: string) =>
    world.metric(`token_proxy_circuit_breaker_state{backend="${backend}",action="apply",state="${name}"}`);
  const asked = (backend: 'gateway' | 'legacy') => world.sandbox[backend].stats().calls;

  it('leave a gateway alone that failed five times in a row, and find out when it works again', async () => {
    await start();
    fail('gateway');
    for (let call = 0; call < 5; call += 1) assert.equal((await apply()).body.code, 200);
    assert.equal(await state('gateway', 'open'), 1);
    assert.equal(await state('gateway', 'closed'), 0);
    const before = asked('gateway');
    const answer = await apply();
    assert.equal(answer.body.code, 200);
    assert.equal(answer.headers.get('x-token-proxy-backend'), 'legacy');
    assert.equal(asked('gateway'), before);
    assert.match(world.logged(), /circuit breaker open: .*/);
    const status = (await (await fetch(`${world.admin}/api/status`)).json()) as {
      breakers: Record<string, unknown>[];
    };
    const breaker = status.breakers.find(
      ({ action, backend }) => action === 'apply' && backend === 'gateway',
    );
    assert.deepEqual([breaker?.['state'], breaker?.['why']], ['open', 'faults in a row: 5']);
    world.sandbox.gateway.faults.clear();
    await eventually(async () => (await apply()).headers.get('x-token-proxy-backend') === 'gateway');
    assert.equal(await state('gateway', 'closed'), 1);
  });

  it('have calls fail at once in the old shape when both are open, and say when to come again', async () => {
    await start({ breaker: { openFor: '60s', openAtMost: '60s' } });
    fail('gateway');
    fail('legacy');
    for (let call = 0; call < 10; call += 1) await apply();
    const before = [asked('gateway'), asked('legacy')];
    const { status, body, headers } = await apply();
    assert.deepEqual([status, body.success, body.code], [200, false, 409]);
    assert.ok(Number(headers.get('retry-after')) >= 1);
    assert.equal(headers.has('x-token-proxy-backend'), false);
    assert.deepEqual([asked('gateway'), asked('legacy')], before);
  });

  it('do not open for what is no fault of a backend', async () => {
    await start({ split: { gatewayPercent: 100, fallback: { on: [] } } });
    for (const code of ['NoPermission', 'InvalidParameter.Actions']) {
      world.sandbox.gateway.faults.set({ kind: 'answer', code, status: 400 });
      for (let call = 0; call < 7; call += 1) await apply();
    }
    assert.equal(await state('gateway', 'closed'), 1);
  });

  it("do not cut off an account for another's old service", async () => {
    await start();
    await world.proxy.reload(
      world.configure({
        accounts: [
          {
            name: 'shop',
            keys: [{ accessKey: world.accessKey, secret: { env: 'SECRET' } }],
            instances: [world.instanceId],
          },
          {
            name: 'lonely',
            keys: [{ accessKey: 'LONELY', secret: { env: 'SECRET' } }],
            legacyUrl: 'http://127.0.0.1:1',
          },
        ],
        backends: { legacy: { url: world.sandbox.legacy.url } },
        split: { gatewayPercent: 0 },
      }),
    );
    const lonely = { accessKey: 'LONELY', secret: world.secret };
    for (let call = 0; call < 6; call += 1) assert.equal((await apply(lonely)).body.code, 409);
    assert.match((await apply(lonely)).body.message, /not asked for the moment/);
    assert.equal(await state('legacy', 'open'), 1);
    assert.equal((await apply()).body.code, 200);
  });
});
