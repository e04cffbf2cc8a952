// Shadow calls over real sockets: clients never notice, the gateway's word is held against the old service's, and nothing
// long-lived or secret is left behind.
import assert from 'node:assert/strict';
import type { IssuedToken } from '../../src/sandbox/token-book.ts';
import { callSteadily } from '../kit/load.ts';
import { applyFields, callOld, oldSignature, signedParameters, type OldAccount } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { eventually } from '../store/kit.ts';

const instances = ['post-cn-0pp12gl0001', 'post-cn-0pp12gl0002'];
const secret = 'sandboxSecret0123456789abcdefgh';
const oldKey: OldAccount = { accessKey: 'LTAISANDBOX0001', secret };

const manyTopics = Array.from({ length: 101 }, (_, index) => `T${index}`).join();

interface Shown {
  readonly percent: number;
  readonly verify: boolean;
  readonly counts: Record<'match' | 'mismatch' | 'error' | 'dropped', number>;
  readonly waiting: number;
  readonly durations: { legacy: { p50Ms: number } | null; gateway: { p50Ms: number } | null };
  readonly mismatches: {
    readonly account: string;
    readonly operation: string;
    readonly requestId: string;
    readonly instanceId?: string;
    readonly bucket?: number;
    readonly legacy: Record<string, unknown>;
    readonly gateway: Record<string, unknown>;
    readonly why: string;
    readonly parameters: Record<string, unknown>;
  }[];
}

describe('shadow calls', () => {
  let world: ProxiedWorld;
  let minted: IssuedToken[];
  afterEach(() => world.close());

  const documentOf = ({ sandbox }: Pick<ProxiedWorld, 'sandbox'>, document: ConfigDocument) => ({
    backends: {
      legacy: { url: sandbox.legacy.url },
      gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http' },
    },
    shadow: { percent: 100 },
    ...document,
  });
  const start = async (
    document: ConfigDocument = {},
    limits: object = { perAccount: null, perAddress: null },
  ) => {
    world = await startProxiedWorld({
      sandbox: { accounts: [{ name: 'sandbox', keys: [oldKey], instances }], limits: { gateway: limits } },
      config: (sandbox) => documentOf({ sandbox }, document),
    });
    minted = [];
    const { book } = world.sandbox;
    const mint = book.mint.bind(book);
    book.mint = (grant) => {
      const token = mint(grant);
      minted.push(token);
      return token;
    };
  };
  const apply = (fields: Record<string, string> = {}, account: OldAccount = oldKey) =>
    callOld(world.url, '/token/apply', applyFields(instances[0], fields), account);
  const query = (token: string) => callOld(world.url, '/token/query', { token }, oldKey);
  const shown = async () => (await (await fetch(`${world.admin}/api/shadow`)).json()) as Shown;
  const concluded = async () => {
    const { match, mismatch, error, dropped } = (await shown()).counts;
    return match + mismatch + error + dropped;
  };
  const settled = (trials: number) => eventually(async () => (await concluded()) === trials);
  const byGateway = () => minted.filter(({ issuer }) => issuer === 'gateway');
  const gatewayCalls = () => world.sandbox.gateway.stats().byAction;

  it('try what the old service answered, with a token that lives for two minutes and that nobody gets', async () => {
    await start();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => apply({ resources: `T${index},A`, actions: 'W,R' })),
    );
    await settled(5);
    assert.deepEqual((await shown()).counts, { match: 5, mismatch: 0, error: 0, dropped: 0 });
    assert.equal(await world.metric('token_proxy_shadow_total{result="match"}'), 5);
    const tokens = answers.map(({ body }) => body.tokenData);
    assert.equal(byGateway().length, 5);
    for (const { token, expiresAtMs, resources, actions, instanceId } of byGateway()) {
      const lifetimeMs = expiresAtMs - Date.now();
      assert.ok(lifetimeMs <= 120_000 && lifetimeMs > 60_000, String(lifetimeMs));
      assert.ok(!tokens.includes(token));
      assert.deepEqual([resources[0], actions, instanceId], ['A', 'R,W', instances[0]]);
    }
    assert.equal(await world.metric('token_proxy_ledger_tokens'), 5);
    for (const { headers } of answers) assert.equal(headers.get('x-token-proxy-backend'), 'legacy');
    const { durations } = await shown();
    assert.ok(durations.legacy !== null && durations.gateway !== null && durations.gateway.p50Ms > 0);
    assert.equal(gatewayCalls()['QueryToken'], undefined);
    assert.equal(gatewayCalls()['RevokeToken'], undefined);
  });

  it('mint nothing at 0 percent, and nothing any more once a reload says so', async () => {
    await start({ shadow: { percent: 0 } });
    await apply();
    assert.equal(await concluded(), 0);
    await world.proxy.reload(world.configure(documentOf(world, {})));
    await apply();
    await settled(1);
    assert.equal((await shown()).percent, 100);
    await world.proxy.reload(world.configure(documentOf(world, { shadow: { percent: 0 } })));
    await apply();
    assert.equal((await shown()).percent, 0);
    assert.equal(await concluded(), 1);
    assert.equal(byGateway().length, 1);
  });

  it('leave alone what the gateway answered, and every revoke', async () => {
    await start({ split: { gatewayPercent: 100 } });
    const { body } = await apply();
    await callOld(world.url, '/token/revoke', { token: body.tokenData ?? '' }, oldKey);
    await world.proxy.reload(world.configure(documentOf(world, { split: { gatewayPercent: 0 } })));
    const old = await apply();
    await settled(1);
    await callOld(world.url, '/token/revoke', { token: old.body.tokenData ?? '' }, oldKey);
    assert.equal(await concluded(), 1);
    assert.equal(gatewayCalls()['RevokeToken'], 1);
  });

  it('verify the token where that is asked for', async () => {
    await start({ shadow: { percent: 100, verify: true } });
    await apply();
    await settled(1);
    assert.equal((await shown()).counts.match, 1);
    assert.equal(gatewayCalls()['QueryToken'], 1);
    world.sandbox.gateway.faults.set({
      kind: 'answer',
      code: 'NoPermission',
      status: 403,
      actions: ['QueryToken'],
    });
    await apply();
    await settled(2);
    const [mismatch] = (await shown()).mismatches;
    assert.match(
      mismatch?.why ?? '',
      /does not accept the token that it issued: QueryToken may not be called \(NoPermission/,
    );
    assert.equal(mismatch?.gateway['gatewayCode'], 'NoPermission');
  });

  it('find a secret that is wrong in the configuration, without asking the gateway', async () => {
    const keys = [{ accessKey: oldKey.accessKey, secret: 'mistypedSecret0123456789' }];
    await start({ accounts: [{ name: 'shop', keys, instances }] });
    assert.equal((await apply()).body.code, 200);
    await settled(1);
    const [mismatch] = (await shown()).mismatches;
    assert.match(mismatch?.why ?? '', /^this proxy refuses what the old service grants: signature mismatch/);
    assert.deepEqual(mismatch?.gateway, { by: 'proxy', outcome: 'rejected', code: 407 });
    assert.deepEqual(gatewayCalls(), {});
  });

  it('find a permission that the gateway denies, and show the call', async () => {
    await start();
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'PermissionCheckFailed', status: 400 });
    const { headers } = await apply({ resources: 'Secret/Topic' });
    await settled(1);
    const [mismatch] = (await shown()).mismatches;
    const { legacy, gateway, why, parameters, requestId, bucket, instanceId, account } =
      mismatch ?? assert.fail();
    assert.match(why, /^the gateway refuses what the old service grants: PermissionCheckFailed/);
    assert.deepEqual([legacy['outcome'], legacy['code']], ['ok', 200]);
    assert.deepEqual(
      [gateway['by'], gateway['outcome'], gateway['code'], gateway['gatewayCode']],
      ['gateway', 'denied', 409, 'PermissionCheckFailed'],
    );
    assert.deepEqual([parameters['resources'], parameters['actions']], [['Secret/Topic'], ['R', 'W']]);
    assert.equal(requestId, headers.get('x-request-id'));
    assert.deepEqual([instanceId, account, typeof bucket], [instances[0], 'shop', 'number']);
  });

  it('agree where both sides refuse alike', async () => {
    await start();
    assert.equal((await apply({ resources: manyTopics })).body.code, 400);
    assert.equal((await apply({ expireTime: String(Date.now() + 10_000) })).body.code, 400);
    assert.equal((await apply({}, { ...oldKey, secret: 'not the secret' })).body.code, 407);
    await settled(3);
    assert.equal((await shown()).counts.match, 3);
    assert.deepEqual(gatewayCalls(), {});
  });

  it('find what only this proxy refuses where the old service is laxer', async () => {
    await start();
    world.sandbox.legacy.faults.set({ kind: 'answer', code: 409, message: 'no' });
    await apply({ resources: manyTopics });
    await settled(1);
    const [mismatch] = (await shown()).mismatches;
    assert.match(
      mismatch?.why ?? '',
      /both refuse, .* code 409 and this proxy with 400: resources names 101 topics/,
    );
    assert.equal(mismatch?.parameters['moreResources'], 81);
    assert.equal(gatewayCalls()['ApplyToken'], undefined);
    await apply();
    await settled(2);
    assert.match(
      (await shown()).mismatches[0]?.why ?? '',
      /^the gateway grants what the old service refuses with code 409/,
    );
  });

  it('ask the gateway about queried tokens, which it need not know but must answer for', async () => {
    await start();
    const { body } = await apply();
    await settled(1);
    assert.equal((await query(body.tokenData ?? '')).body.code, 200);
    await settled(2);
    assert.equal((await shown()).counts.match, 2);
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'NoPermission', status: 403 });
    assert.equal((await query(body.tokenData ?? '')).body.code, 200);
    await settled(3);
    const [mismatch] = (await shown()).mismatches;
    assert.match(mismatch?.why ?? '', /^the gateway refuses what the old service answers: NoPermission/);
    assert.deepEqual([mismatch?.operation, mismatch?.parameters], ['query', {}]);
    assert.equal(gatewayCalls()['QueryToken'], 2);
  });

  it('hold up no client while the gateway says nothing, and open no breaker', async () => {
    await start({ breaker: { consecutive: 2, minCalls: 2 } });
    world.sandbox.gateway.faults.set({ kind: 'hang' });
    for (let call = 0; call < 12; call += 1) assert.equal((await apply()).body.code, 200);
    const { counts, waiting } = await shown();
    assert.equal(counts.match + counts.mismatch, 0);
    assert.ok(waiting > 0);
    await eventually(async () => (await shown()).counts.error >= 4);
    assert.equal(
      await world.metric('token_proxy_circuit_breaker_state{backend="gateway",action="apply",state="open"}'),
      0,
    );
    assert.equal((await apply()).body.code, 200);
    // What still waits when the server stops is dropped, and what is under way is awaited: afterEach would hang else.
  });

  it('take nothing from real calls, whatever their number, and add up', async () => {
    const limits = { apply: 20, query: 20, revoke: 5 };
    await start(
      {
        limits: { perAccount: limits, perAddress: { apply: 60, query: 60, revoke: 60 }, headroomPercent: 10 },
        split: { overrides: [{ instanceId: instances[1], gatewayPercent: 100 }] },
      },
      { perAccount: { ApplyToken: 20, QueryToken: 20, RevokeToken: 5 }, perAddress: 60 },
    );
    const [storm, real] = await Promise.all([
      callSteadily({ perSecond: 60, seconds: 2 }, (index) => apply({ resources: `T${index}` })),
      callSteadily({ perSecond: 6, seconds: 2 }, () =>
        callOld(world.url, '/token/apply', applyFields(instances[1]), oldKey),
      ),
    ]);
    assert.deepEqual(new Set([...storm, ...real].map(({ body }) => body.code)), new Set([200]));
    assert.deepEqual(
      new Set(real.map(({ headers }) => headers.get('x-token-proxy-backend'))),
      new Set(['gateway']),
    );
    await settled(storm.length);
    const { counts } = await shown();
    assert.equal(counts.mismatch + counts.error, 0);
    assert.ok(counts.match > 5 && counts.dropped > 5, JSON.stringify(counts));
    assert.equal(byGateway().length, counts.match + real.length);
    const peak = world.sandbox.gateway.stats().peaks.perAccount.find(({ action }) => action === 'ApplyToken');
    assert.ok((peak?.peak ?? Infinity) <= 20);
    assert.equal(await world.metric('token_proxy_quota_refusals_total{action="apply"}'), 0);
    for (const result of ['match', 'dropped'] as const) {
      assert.equal(await world.metric(`token_proxy_shadow_total{result="${result}"}`), counts[result]);
    }
  });

  it('are kept and told without token, signature or secret', async () => {
    await start({ shadow: { percent: 100, verify: true } });
    const planted = new Set<string>([secret]);
    const call = async (path: string, fields: Record<string, string>) => {
      planted.add(oldSignature(fields, secret));
      await callOld(world.url, path, fields, oldKey);
    };
    const token = (await apply()).body.tokenData ?? '';
    const faults = ['PermissionCheckFailed', 'InvalidParameter.Token', 'InternalError'];
    for (const code of faults) {
      world.sandbox.gateway.faults.set({
        kind: 'answer',
        code,
        status: 400,
        message: `Token=${token} ${secret}`,
      });
      await call('/token/apply', applyFields(instances[0], { resources: `T,${secret},${token}` }));
      await call('/token/query', { token });
    }
    world.sandbox.gateway.faults.clear();
    await call('/token/apply', applyFields(secret));
    const wrong = signedParameters(applyFields(instances[0], { actions: secret }), {
      ...oldKey,
      secret: 'wrong',
    });
    planted.add(wrong['signature'] ?? '');
    await fetch(`${world.url}/token/apply?${new URLSearchParams(wrong).toString()}`);
    world.sandbox.legacy.faults.set({ kind: 'answer', code: 409 });
    await call('/token/apply', applyFields(instances[0], { resources: `${secret}!,${token}` }));
    await call('/token/apply', applyFields(secret));
    await eventually(async () => (await concluded()) === 11 && (await shown()).waiting === 0);

    for (const issued of minted) planted.add(issued.token);
    assert.ok(planted.size > 10);
    assert.ok((await shown()).mismatches.length > 3);
    const written = {
      api: await (await fetch(`${world.admin}/api/shadow`)).text(),
      metrics: await world.metrics(),
      log: world
        .logged()
        .split('\n')
        .filter((line) => line.includes('"shadow call"'))
        .join('\n'),
    };
    assert.ok(written.log.length > 0);
    for (const [where, text] of Object.entries(written)) {
      for (const value of planted) {
        assert.ok(!text.includes(value), `${where} shows a planted value`);
        assert.ok(!text.includes(encodeURIComponent(value)), `${where} shows a planted value, encoded`);
      }
    }
  });
});
