// The gateway's quotas, seen from both sides over real sockets: clients wait or are refused, the gateway sees no storm.
// Rates are a fifth of the published ones, so that a slow machine carries them; exact figures are in test/quota.
import assert from 'node:assert/strict';
import type { SandboxAccount } from '../../src/sandbox/accounts.ts';
import { callSteadily } from '../kit/load.ts';
import { applyFields, callOld, signedParameters, type OldAnswer } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { eventually } from '../store/kit.ts';

const accountOf = (name: string): SandboxAccount => ({
  name,
  keys: [{ accessKey: `KEY-${name}`, secret: 'sandboxSecret0123456789abcdefgh' }],
  instances: [`post-cn-${name}`],
});
const names = ['storm', 'calm1', 'calm2', 'calm3', 'calm4'];
const granted = { ApplyToken: 20, QueryToken: 20, RevokeToken: 5 };
const limits = {
  perAccount: { apply: 20, query: 20, revoke: 5 },
  perAddress: { apply: 60, query: 60, revoke: 60 },
  headroomPercent: 30,
};

describe("the gateway's quotas", () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());

  const start = async (document: ConfigDocument = {}): Promise<void> => {
    world = await startProxiedWorld({
      sandbox: {
        accounts: names.map(accountOf),
        limits: { gateway: { perAccount: granted, perAddress: 60 } },
      },
      config: () => ({
        accounts: names.map((name) => ({
          name,
          keys: [{ accessKey: `KEY-${name}`, secret: { env: 'SECRET' } }],
          instances: [`post-cn-${name}`],
        })),
        limits,
        ...document,
      }),
    });
  };
  const caller = (name: string) => ({ accessKey: `KEY-${name}`, secret: world.secret });
  const apply = (name: string, topic = 'T'): Promise<OldAnswer> =>
    callOld(world.url, '/token/apply', applyFields(`post-cn-${name}`, { resources: topic }), caller(name));
  const codes = (answers: readonly OldAnswer[]) => answers.map(({ body }) => body.code);
  const stats = () => world.sandbox.gateway.stats();

  it('holds a storm on one account back without the others noticing', async () => {
    await start();
    const load = (name: string, perSecond: number) =>
      callSteadily({ perSecond, seconds: 4 }, () => apply(name));
    const [storm, ...calm] = await Promise.all([
      load('storm', 100),
      ...names.slice(1).map((name) => load(name, 5)),
    ]);
    for (const answers of calm) assert.deepEqual(new Set(codes(answers)), new Set([200]));
    assert.deepEqual(new Set(codes(storm)), new Set([200, 409]));
    const served = storm.filter(({ body }) => body.code === 200).length;
    // 14 calls/s are its quota less the headroom, over the 4 s of the storm; a slow machine may lose some.
    assert.ok(served >= 0.7 * 14 * 4, `${served} calls of the storm were served`);
    const { blocks, peaks } = stats();
    assert.equal(blocks.count, 0);
    for (const { account, peak } of peaks.perAccount) assert.ok(peak <= 20, `${account}: ${peak}`);
    assert.equal(await world.metric('token_proxy_quota_held_back_total{action="apply"}'), 0);
  });

  it('refuses at once what cannot make its deadline, and says when to come again', async () => {
    await start();
    const answers = await Promise.all(Array.from({ length: 150 }, () => apply('storm')));
    const refused = answers.filter(({ body }) => body.code !== 200);
    assert.ok(refused.length > 30, String(refused.length));
    for (const { body, headers, status } of refused) {
      assert.deepEqual([status, body.code, body.success], [200, 409, false]);
      assert.match(body.message, /^QuotaExceeded: /);
      assert.equal(headers.get('x-gateway-code'), 'QuotaExceeded');
      const seconds = Number(headers.get('retry-after'));
      assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 10, String(seconds));
    }
    const counted = await world.metric('token_proxy_quota_refusals_total{action="apply"}');
    assert.equal(counted, refused.length);
    const label = 'route="apply",backend="none",account="storm",outcome="throttled"';
    assert.equal(await world.metric(`token_proxy_requests_total{${label}}`), refused.length);
  });

  it('warns in log, metrics and status before it refuses anything', async () => {
    await start();
    const all = Promise.all(Array.from({ length: 40 }, () => apply('storm')));
    await eventually(() => world.logged().includes('nearly used up'));
    const status = (await (await fetch(`${world.admin}/api/status`)).json()) as {
      quotas: { mode: string; waiting: { apply: number }; budgets: Record<string, unknown>[] };
    };
    assert.equal(status.quotas.mode, 'own');
    assert.ok(status.quotas.waiting.apply > 0);
    const budget = status.quotas.budgets.find(({ of, account }) => of === 'account' && account === 'storm');
    assert.equal(budget?.['limit'], 14);
    const ratio = 'token_proxy_quota_used_ratio{scope="account",account="storm",action="apply"}';
    assert.ok((await world.metric(ratio)) > 0);
    assert.ok((await world.metric('token_proxy_quota_queue_length{action="apply"}')) > 0);
    assert.deepEqual(new Set(codes(await all)), new Set([200]));
    assert.equal(await world.metric('token_proxy_quota_refusals_total{action="apply"}'), 0);
    assert.ok((await world.metric('token_proxy_quota_wait_seconds_count{action="apply"}')) > 0);
    assert.ok(
      (await world.metric('token_proxy_quota_nearly_used_total{scope="account",action="apply"}')) > 0,
    );
  });

  it('lets revokes wait their turn, a few a second, rather than fail', async () => {
    await start();
    const tokens = await Promise.all(Array.from({ length: 7 }, (_, index) => apply('calm1', `T${index}`)));
    const answers = await Promise.all(
      tokens.map(({ body }) =>
        callOld(world.url, '/token/revoke', { token: body.tokenData ?? '' }, caller('calm1')),
      ),
    );
    assert.deepEqual(new Set(codes(answers)), new Set([200]));
    const peak = stats().peaks.perAccount.find(({ action }) => action === 'RevokeToken')?.peak ?? 0;
    assert.ok(peak <= 5, String(peak));
  });

  it('makes no call for a client that hung up while it waited', async () => {
    await start({ limits: { ...limits, perAccount: { ...limits.perAccount, apply: 1 } } });
    assert.equal((await apply('calm1')).body.code, 200);
    const hangUp = new AbortController();
    const body = new URLSearchParams(signedParameters(applyFields('post-cn-calm1'), caller('calm1')));
    const left = fetch(`${world.url}/token/apply`, { method: 'POST', body, signal: hangUp.signal });
    const queueLength = () => world.metric('token_proxy_quota_queue_length{action="apply"}');
    await eventually(async () => (await queueLength()) === 1);
    hangUp.abort();
    await assert.rejects(left);
    await eventually(async () => (await queueLength()) === 0);
    assert.equal((await apply('calm1')).body.code, 200);
    assert.equal(stats().byAction['ApplyToken'], 2);
  });

  it('goes slower for an account that the gateway calls over its rate, and for no other', async () => {
    await start();
    world.sandbox.gateway.setLimits({ perAccount: { ...granted, ApplyToken: 3 } });
    await Promise.all(Array.from({ length: 10 }, () => apply('storm')));
    assert.ok((await world.metric('token_proxy_quota_held_back_total{action="apply"}')) > 0);
    assert.match(world.logged(), /says that this account is over its rate/);
    world.sandbox.gateway.setLimits({ perAccount: granted });
    assert.equal((await apply('calm1')).body.code, 200);
    assert.equal((await apply('storm')).body.code, 200);
  });

  it('falls back where throttling is a reason to', async () => {
    await start({ deadline: '1500ms' });
    const { url } = world.sandbox.legacy;
    const split = { gatewayPercent: 100, fallback: { on: ['throttled'], budgetPercent: 100 } };
    await world.proxy.reload(
      world.configure({ ...baseOf(), deadline: '1500ms', backends: backendsWith(url), split }),
    );
    const answers = await Promise.all(Array.from({ length: 60 }, () => apply('storm')));
    assert.deepEqual(new Set(codes(answers)), new Set([200]));
    assert.ok((await world.metric('token_proxy_fallbacks_total{action="apply",cause="throttled"}')) > 0);
  });

  const baseOf = () => ({
    accounts: names.map((name) => ({
      name,
      keys: [{ accessKey: `KEY-${name}`, secret: { env: 'SECRET' } }],
      instances: [`post-cn-${name}`],
    })),
    limits,
  });
  const backendsWith = (legacyUrl: string) => ({
    legacy: { url: legacyUrl },
    gateway: { endpoint: world.sandbox.gateway.endpoint, protocol: 'http' },
  });
});
