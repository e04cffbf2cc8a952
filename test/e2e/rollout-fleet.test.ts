// A rollout of several replicas that share a Redis: one drives, all see the same, and each can end it.
import assert from 'node:assert/strict';
import { logTo } from '../../src/app/log.ts';
import { startProxy, type RunningProxy } from '../../src/app/proxy.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { describeRedis, startRedis, type RedisServer } from '../kit/redis.ts';
import { operatorAt, type RolloutOperator } from '../kit/rollouts.ts';
import { eventually } from '../store/kit.ts';

describeRedis('a rollout of replicas that share a Redis', () => {
  let redis: RedisServer;
  let world: ProxiedWorld;
  let other: RunningProxy | undefined;
  let operators: readonly [RolloutOperator, RolloutOperator];

  beforeEach(async () => {
    redis = await startRedis(['--maxmemory-policy', 'noeviction']);
    const config = ({ gateway, legacy }: ProxiedWorld['sandbox']): ConfigDocument => ({
      backends: {
        gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout: '20s' },
        legacy: { url: legacy.url, timeout: '20s' },
      },
      deadline: '25s',
      breaker: { consecutive: 1000, minCalls: 1000 },
      limits: { perAccount: { apply: 10_000 }, perAddress: { apply: 10_000 } },
      rollout: {
        steps: [
          { gatewayPercent: 50, hold: '1s' },
          { gatewayPercent: 80, hold: 'manual' },
          { gatewayPercent: 100 },
        ],
        abortWhen: { minRequests: 4 },
      },
      store: { type: 'redis', url: redis.url },
    });
    world = await startProxiedWorld({ config });
    other = await startProxy({
      config: world.configure(config(world.sandbox)),
      log: logTo(process.stdout, 'silent'),
      version: 'test',
      idleGraceMs: 0,
    });
    operators = [operatorAt(world.admin), operatorAt(`http://127.0.0.1:${other.adminAddress.port}`)];
  });
  afterEach(async () => {
    await other?.stop();
    await world.close();
    await redis.stop();
  });

  const urls = () => [world.url, `http://127.0.0.1:${other?.addresses[0]?.port ?? 0}`];
  /** One call by each replica. */
  const applyEverywhere = (topic: number) =>
    Promise.all(
      urls().map((url) =>
        callOld(url, '/token/apply', applyFields(world.instanceId, { resources: `Topic${topic}` }), world),
      ),
    );
  const drivers = async () =>
    (await Promise.all(operators.map((one) => one.rollout()))).filter(({ drives }) => drives);

  it('is driven by one of them, by what all have seen, and shown alike by all', async () => {
    const [first, second] = operators;
    assert.equal((await first.order('start')).status, 200);
    await second.comesTo('progressing');
    await eventually(async () => (await drivers()).length === 1);
    for (let topic = 0; topic < 8; topic += 1) await applyEverywhere(topic);
    for (const operator of operators)
      await operator.comesTo('holding', ({ cause, step }) => cause === 'manual' && step === 2);
    for (const operator of operators) {
      const { scope, gatewayPercent } = await operator.rollout();
      assert.deepEqual([scope, gatewayPercent, await operator.weight()], ['fleet', 80, 80]);
      await eventually(async () => {
        const { evidence } = await operator.rollout();
        return evidence.gateway.calls + evidence.legacy.calls === 16;
      });
    }
    assert.equal((await drivers()).length, 1);
  });

  it('is taken over by another when the one that drives stops', async () => {
    await operators[0].order('start');
    await eventually(async () => (await drivers()).length === 1);
    // Until the other one drives: the one that keeps running in this test.
    if (!(await operators[1].rollout()).drives) {
      assert.equal((await operators[0].rollout()).drives, true);
      return takesOver(operators[1], () => world.proxy.stop());
    }
    return takesOver(operators[0], async () => {
      await other?.stop();
      other = undefined;
    });
  });

  async function takesOver(heir: RolloutOperator, stop: () => Promise<void>): Promise<void> {
    await stop();
    await eventually(async () => (await heir.rollout()).drives);
    assert.equal((await heir.order('promote')).status, 200);
    assert.equal(await heir.weight(), 80);
  }

  it('is aborted everywhere by an order to any of them', async () => {
    await operators[0].order('start');
    await operators[1].comesTo('progressing');
    assert.equal((await operators[1].order('abort')).status, 200);
    for (const operator of operators) {
      await operator.comesTo('aborted');
      await eventually(async () => (await operator.weight()) === 0);
    }
    const kinds = (await operators[0].history()).map(({ what }) => what);
    assert.deepEqual(kinds, ['rollout-abort', 'rollout-start']);
  });

  it('is aborted by faults that are spread over all of them', async () => {
    await operators[0].order('start');
    await operators[1].comesTo('progressing');
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    for (let topic = 0; topic < 30; topic += 1) await applyEverywhere(topic);
    for (const operator of operators) await operator.comesTo('aborted');
  });
});
