// A rollout as operators see it: the weight moves by itself, stops where it should, and goes back when the gateway fails.
import assert from 'node:assert/strict';
import type { Sandbox } from '../../src/sandbox/world.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { operatorAt, type RolloutOperator } from '../kit/rollouts.ts';
import { startServe, serveDocument } from '../kit/serve-process.ts';
import { startSteadyLoad, type SteadyLoad } from '../kit/steady-load.ts';
import { startSandbox } from '../../src/sandbox/world.ts';
import { directories, eventually } from '../store/kit.ts';

/** Steps that are over once they have seen a few calls. */
const quick = (steps: readonly (readonly [percent: number, hold?: string])[]): ConfigDocument => ({
  rollout: {
    steps: steps.map(([gatewayPercent, hold]) => ({ gatewayPercent, ...(hold !== undefined && { hold }) })),
    abortWhen: { minRequests: 5 },
  },
});
const threeSteps = quick([[20, '10ms'], [60, '10ms'], [100]]);
/** A machine that is busy with other things makes calls slow, not failed; and a breaker must not be what stops a rollout. */
const calm = {
  deadline: '25s',
  breaker: { consecutive: 1000, minCalls: 1000 },
  limits: { perAccount: { apply: 10_000 }, perAddress: { apply: 10_000 } },
};

describe('a rollout', () => {
  let world: ProxiedWorld;
  let operator: RolloutOperator;
  let load: SteadyLoad | undefined;
  let codes: number[];

  const start = async (document: ConfigDocument = threeSteps): Promise<void> => {
    world = await startProxiedWorld({
      config: ({ gateway, legacy }) => ({
        backends: {
          gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout: '20s' },
          legacy: { url: legacy.url, timeout: '20s' },
        },
        ...calm,
        ...document,
      }),
    });
    operator = operatorAt(world.admin);
  };
  const apply = (index: number) =>
    callOld(world.url, '/token/apply', applyFields(world.instanceId, { resources: `Topic${index}` }), world);
  const underLoad = (perSecond = 40) => {
    codes = [];
    load = startSteadyLoad(perSecond, async (index) => {
      codes.push((await apply(index)).body.code);
    });
  };
  const settle = async () => {
    await load?.stop();
    assert.deepEqual(load?.failures ?? [], []);
    load = undefined;
  };
  const breakGateway = () =>
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
  const breakLegacy = () => world.sandbox.legacy.faults.set({ kind: 'answer', code: 500, status: 500 });
  const state = (name: string) => world.metric(`token_proxy_rollout_state{state="${name}"}`);

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await world.close();
  });

  it('moves the weight step by step to the end, with no failed call, and tells each step', async () => {
    await start();
    assert.deepEqual([await state('idle'), await world.metric('token_proxy_rollout_step')], [1, 0]);
    underLoad();
    assert.equal((await operator.order('start', { reason: 'canary' })).status, 200);
    await operator.comesTo('completed');
    await settle();
    assert.deepEqual(new Set(codes), new Set([200]));
    assert.equal(await operator.weight(), 100);
    assert.deepEqual([await state('completed'), await world.metric('token_proxy_rollout_step')], [1, 3]);
    const told = (await operator.history()).reverse();
    const steps = told.filter(({ from, to }) => from !== to);
    assert.deepEqual(
      steps.map(({ what, who, from, to, step }) => [what, who, from, to, step]),
      [
        ['rollout-start', 'admin', 0, 20, 1],
        ['rollout-step', 'rollout', 20, 60, 2],
        ['rollout-step', 'rollout', 60, 100, 3],
      ],
    );
    assert.equal(steps[0]?.why, 'canary');
    assert.equal(told.at(-1)?.what, 'rollout-complete');
    assert.ok((told.at(-1)?.evidence?.gateway.calls ?? 0) >= 15);
    assert.match(world.logged(), /"msg":"rollout completed: /);
  });

  it('needs enough calls, and says how many', async () => {
    await start();
    await operator.order('start');
    const { cause, reason } = await operator.comesTo('holding');
    assert.equal(cause, 'data');
    assert.match(reason, /need more data: about 5 more calls/);
    assert.equal(await operator.weight(), 20);
  });

  for (const where of ['progressing', 'paused', 'at a manual hold'] as const) {
    it(`is aborted when the gateway fails while it is ${where}, and no client notices`, async () => {
      await start(quick([[50, where === 'at a manual hold' ? 'manual' : '1h'], [100]]));
      await operator.order('start');
      if (where === 'paused') await operator.order('pause');
      if (where === 'at a manual hold') await operator.comesTo('holding');
      breakGateway();
      underLoad();
      const { reason, evidence } = await operator.comesTo('aborted');
      const callsUntilThen = world.sandbox.gateway.stats().calls;
      assert.match(reason, /10 gateway calls failed in a row|of the last \d+ gateway calls failed/);
      assert.ok(evidence.gateway.faults <= 10);
      // What was under way when the tenth failed may still arrive.
      assert.ok(callsUntilThen <= 10 + 32, String(callsUntilThen));
      await settle();
      assert.deepEqual(new Set(codes), new Set([200]));
      assert.equal(await operator.weight(), 0);
      const before = world.sandbox.gateway.stats().calls;
      for (let index = 0; index < 20; index += 1) await apply(index);
      assert.equal(world.sandbox.gateway.stats().calls, before);
      const aborted = (await operator.history())[0];
      assert.deepEqual([aborted?.what, aborted?.to, aborted?.state], ['rollout-abort', 0, 'aborted']);
      assert.ok(/"level":50.*rollout aborted: /.test(world.logged()));
    });
  }

  it('counts calls that the open breaker refuses', async () => {
    await start({ ...quick([[100, '1h']]), breaker: { consecutive: 3, openFor: '60s', openAtMost: '60s' } });
    await operator.order('start');
    breakGateway();
    for (let index = 0; index < 10; index += 1) assert.equal((await apply(index)).body.code, 200);
    await operator.comesTo('aborted');
    assert.equal(world.sandbox.gateway.stats().calls, 3);
  });

  it('can start again after an outage, though no call has closed the breaker since', async () => {
    await start({ ...quick([[100, '1h']]), breaker: { consecutive: 3, openFor: '1s', openAtMost: '1s' } });
    await operator.order('start');
    breakGateway();
    for (let index = 0; index < 10; index += 1) await apply(index);
    await operator.comesTo('aborted');
    world.sandbox.gateway.faults.clear();
    const order = () => operator.order('start', { force: true });
    await eventually(async () => (await order()).status === 200);
    for (let index = 0; index < 5; index += 1) assert.equal((await apply(index)).body.code, 200);
    await operator.comesTo('progressing', ({ evidence }) => evidence.gateway.calls === 5);
    assert.equal((await operator.rollout()).evidence.gateway.faults, 0);
  });

  it('does not count throttled calls and callers’ mistakes', async () => {
    await start(quick([[100, '1h']]));
    await operator.order('start');
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'ApplyTokenOverFlow', status: 400 });
    await apply(1);
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InvalidParameter.Actions', status: 400 });
    for (let index = 0; index < 20; index += 1) await apply(index);
    assert.deepEqual(
      [(await operator.rollout()).state, (await operator.rollout()).evidence.gateway.calls],
      ['progressing', 0],
    );
  });

  it('takes a request that the gateway cannot understand for a fault of ours', async () => {
    await start(quick([[100, '1h']]));
    await operator.order('start');
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'MissingInstanceId', status: 400 });
    for (let index = 0; index < 10; index += 1) await apply(index);
    await operator.comesTo('aborted');
  });

  it('does not roll back into a dead old service, and does so as soon as it lives', async () => {
    await start({
      ...quick([[50, '1h'], [100]]),
      breaker: { consecutive: 3, openFor: '200ms', openAtMost: '200ms' },
    });
    await operator.order('start');
    breakGateway();
    breakLegacy();
    underLoad();
    const { reason } = await operator.comesTo('holding', ({ cause }) => cause === 'old-service');
    assert.match(reason, /must be aborted, but the old service does not answer/);
    assert.equal(await operator.weight(), 50);
    assert.ok(/"level":50.*rollout holding: must be aborted/.test(world.logged()));
    world.sandbox.legacy.faults.clear();
    await operator.comesTo('aborted');
    assert.equal(await operator.weight(), 0);
    await settle();
  });

  it('knows at 100 % that the old service is dead, though nobody calls it', async () => {
    await start(quick([[100, '1h']]));
    await operator.order('start');
    breakLegacy();
    await eventually(() => world.sandbox.legacy.stats().calls >= 3);
    await operator.order('abort');
    const { state: now, cause } = await operator.rollout();
    assert.deepEqual([now, cause, await operator.weight()], ['holding', 'old-service', 100]);
    assert.equal((await operator.order('abort', { force: true })).status, 200);
    assert.equal(await operator.weight(), 0);
  });

  it('cools down after an abort, unless forced', async () => {
    await start();
    await operator.order('start');
    assert.equal((await operator.order('abort', { reason: 'enough' })).status, 200);
    const refused = await operator.order('start');
    assert.deepEqual(
      [refused.status, /cooling down for another 10 min/.test(refused.message ?? '')],
      [409, true],
    );
    assert.equal((await operator.order('start', { force: true })).status, 200);
    assert.equal(await operator.weight(), 20);
  });

  it('beats every override when it is aborted', async () => {
    await start({ ...threeSteps, split: { overrides: [{ account: 'shop', gatewayPercent: 100 }] } });
    await operator.order('start');
    assert.equal((await apply(1)).headers.get('x-token-proxy-backend'), 'gateway');
    await operator.order('abort');
    assert.equal((await apply(1)).headers.get('x-token-proxy-backend'), 'legacy');
  });

  it('does not start, and goes no step further, while the gateway’s breaker is open', async () => {
    await start({
      ...quick([[50, '1h'], [100]]),
      split: { gatewayPercent: 100 },
      breaker: { consecutive: 3, openFor: '60s', openAtMost: '60s' },
    });
    breakGateway();
    for (let index = 0; index < 3; index += 1) await apply(index);
    await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"gatewayPercent":0}',
    });
    const { status, message } = await operator.order('start');
    assert.deepEqual(
      [status, message],
      [409, 'the gateway’s breaker is open: nothing is raised until it lets a call through'],
    );
  });

  it('holds before a step that the quotas have no room for, with the figures, until it is forced', async () => {
    await start({
      ...quick([[10, '10ms'], [100]]),
      limits: { perAccount: { apply: 10 }, perAddress: { apply: 1000 } },
      split: { fallback: { on: ['fault', 'throttled'] } },
    });
    underLoad(60);
    await operator.order('start');
    const { reason } = await operator.comesTo('holding', ({ cause }) => cause === 'quota');
    assert.match(reason, /step 2 of 2 \(100 %\) would not fit: account shop: [\d.]+ apply calls\/s, 9 fit/);
    const preview = (await (await fetch(`${world.admin}/api/split/preview?gatewayPercent=100`)).json()) as {
      misfits: { account: string; projected: number; limit: number }[];
    };
    assert.deepEqual([preview.misfits[0]?.account, preview.misfits[0]?.limit], ['shop', 9]);
    const moved = await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"gatewayPercent":10.01}',
    });
    assert.deepEqual(((await moved.json()) as { warnings: string[] }).warnings, []);
    await operator.comesTo('paused');
    assert.equal((await operator.order('resume')).status, 409);
    assert.equal((await operator.order('resume', { force: true })).status, 200);
    assert.equal(await operator.weight(), 100);
    await settle();
  });

  it('gives way to an operator who sets the weight', async () => {
    await start(quick([[20, '1h'], [100]]));
    await operator.order('start');
    await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"gatewayPercent":5}',
    });
    const { reason } = await operator.comesTo('paused');
    assert.match(reason, /the weight was set to 5 % meanwhile/);
    assert.equal(await operator.weight(), 5);
  });

  it('refuses what cannot be, with the reason', async () => {
    await start();
    for (const order of ['pause', 'resume', 'promote', 'abort']) {
      const { status, message } = await operator.order(order);
      assert.deepEqual(
        [status, message?.startsWith('no rollout is under way: it is idle')],
        [409, true],
        order,
      );
    }
    assert.equal((await operator.order('start', { hurry: true })).status, 400);
    assert.equal((await operator.order('begin')).status, 404);
  });
});

describe('a rollout whose process is killed', () => {
  const directory = directories();
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox();
  });
  after(() => sandbox.close());

  it('goes on at the same step, with what it had seen', async () => {
    const document = serveDocument(sandbox, {
      ...quick([[10, '1h'], [30, 'manual'], [100]]),
      store: { type: 'lmdb', path: await directory() },
    });
    let proxy = await startServe(document);
    try {
      await operatorAt(proxy.admin).order('start');
      assert.equal((await operatorAt(proxy.admin).order('promote')).status, 200);
      const before = await operatorAt(proxy.admin).rollout();
      proxy.program.child.kill('SIGKILL');
      await proxy.end();
      proxy = await startServe(document);
      const after = await operatorAt(proxy.admin).rollout();
      assert.deepEqual(
        [after.state, after.cause, after.step, after.reason],
        [before.state, before.cause, before.step, before.reason],
      );
      assert.deepEqual([after.step, await operatorAt(proxy.admin).weight()], [2, 30]);
      await operatorAt(proxy.admin).comesTo('holding', ({ drives }) => drives);
      assert.equal((await operatorAt(proxy.admin).order('promote')).status, 200);
      assert.equal(await operatorAt(proxy.admin).weight(), 100);
    } finally {
      await proxy.end();
    }
  });
});
