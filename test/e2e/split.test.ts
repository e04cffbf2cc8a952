// The weighted split: who serves what, byte for byte, and back in a second.
import assert from 'node:assert/strict';
import { applyFields, callOld, signedParameters, type OldAccount } from '../kit/old-clients.ts';
import { sendRaw } from '../kit/raw-http.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import type { Sandbox } from '../../src/sandbox/world.ts';

const unlimited = { gateway: { perAccount: null, perAddress: null } } as const;

/** Both sides up, everything at the old service unless said otherwise. */
function bothSides(document: ConfigDocument = {}) {
  return startProxiedWorld({
    sandbox: { limits: unlimited },
    config: (sandbox) => ({ backends: backendsOf(sandbox), ...document }),
  });
}

function backendsOf({ legacy, gateway }: Sandbox, timeout = '3s') {
  return {
    legacy: { url: legacy.url, timeout },
    gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout },
  };
}

describe('the split', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());

  const apply = (topic = 'TopicA', account: OldAccount = world) =>
    callOld(world.url, '/token/apply', applyFields(world.instanceId, { resources: topic }), account);
  const put = async (body: object) => {
    const response = await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const seen = () => ({
    gateway: world.sandbox.gateway.stats().byAction['ApplyToken'] ?? 0,
    legacy: world.sandbox.legacy.stats().byAction['apply'] ?? 0,
  });
  const backendsFor = async (topics: readonly string[]) => {
    const answers = await Promise.all(topics.map((topic) => apply(topic)));
    for (const { body } of answers) assert.equal(body.code, 200, body.message);
    return answers.map(({ headers }) => headers.get('x-token-proxy-backend'));
  };
  const topics = Array.from({ length: 60 }, (_, index) => `Topic${index}`);

  it('gives no apply to the gateway at 0', async () => {
    world = await bothSides();
    await backendsFor(topics);
    assert.deepEqual(seen(), { gateway: 0, legacy: 60 });
  });

  it('gives no apply to the old service at 100', async () => {
    world = await bothSides({ split: { gatewayPercent: 100 } });
    await backendsFor(topics);
    assert.deepEqual(seen(), { gateway: 60, legacy: 0 });
  });

  it('moves keys one way only while the weight rises, and the same keys back', async () => {
    world = await bothSides();
    let former = await backendsFor(topics);
    const path = [former];
    for (const gatewayPercent of [10, 40, 80, 100]) {
      assert.equal((await put({ gatewayPercent })).status, 200);
      const now = await backendsFor(topics);
      for (const [index, backend] of former.entries()) {
        if (backend === 'gateway') assert.equal(now[index], 'gateway', topics[index]);
      }
      former = now;
      path.push(now);
    }
    assert.deepEqual(new Set(former), new Set(['gateway']));
    await put({ gatewayPercent: 40 });
    assert.deepEqual(await backendsFor(topics), path[2]);
  });

  it('keeps a key with its backend, whatever client and connection it comes from', async () => {
    world = await bothSides({ split: { gatewayPercent: 50 } });
    const [first] = await backendsFor(['TopicX']);
    for (let repeat = 0; repeat < 5; repeat += 1) assert.deepEqual(await backendsFor(['TopicX']), [first]);
  });

  it('keeps nothing together with key: [request]', async () => {
    world = await bothSides({ split: { gatewayPercent: 50, key: ['request'] } });
    const backends = await backendsFor(Array<string>(60).fill('TopicX'));
    assert.deepEqual(new Set(backends), new Set(['gateway', 'legacy']));
  });

  it('lets the first matching override win, and an order for an account before them', async () => {
    world = await bothSides({
      split: {
        gatewayPercent: 0,
        overrides: [{ account: 'shop', gatewayPercent: 100 }, { gatewayPercent: 0 }],
      },
    });
    assert.deepEqual(await backendsFor(['a']), ['gateway']);
    await put({ gatewayPercent: 0, account: 'shop' });
    assert.deepEqual(await backendsFor(['a']), ['legacy']);
    await put({ gatewayPercent: null, account: 'shop' });
    assert.deepEqual(await backendsFor(['a']), ['gateway']);
    const reasons = world.calls().map(({ reason }) => reason);
    assert.deepEqual(reasons, ['override', 'override', 'override']);
  });

  it('goes back with one order that beats every override, until the weight is set again', async () => {
    world = await bothSides({
      split: { gatewayPercent: 100, overrides: [{ account: 'shop', gatewayPercent: 100 }] },
    });
    assert.deepEqual(await backendsFor(['a']), ['gateway']);
    const { body } = await put({ gatewayPercent: 0, all: true, reason: 'smoke' });
    assert.equal(body['gatewayPercent'], 0);
    assert.deepEqual(await backendsFor(['a']), ['legacy']);
    assert.equal(world.calls().at(-1)?.['reason'], 'forced');
    await put({ gatewayPercent: 100 });
    assert.deepEqual(await backendsFor(['a']), ['gateway']);
  });

  it('shows the observed share beside the wanted one, and the history of changes, newest first', async () => {
    world = await bothSides();
    await put({ gatewayPercent: 100, reason: 'all in' });
    await backendsFor(topics);
    const split = (await (await fetch(`${world.admin}/api/split`)).json()) as Record<string, unknown>;
    assert.equal(split['gatewayPercent'], 100);
    assert.equal(split['observedPercent'], 100);
    const history = (await (await fetch(`${world.admin}/api/history`)).json()) as Record<string, unknown>[];
    assert.equal(history[0]?.['to'], 100);
    assert.equal(history[0]['from'], 0);
    assert.equal(history[0]['why'], 'all in');
    assert.equal(await world.metric('token_proxy_split_weight_ratio{backend="gateway"}'), 1);
    assert.equal(await world.metric('token_proxy_split_weight_ratio{backend="legacy"}'), 0);
  });

  it('forwards what the old service is given, valid or not, and returns its answer byte for byte', async () => {
    world = await bothSides();
    const parameters = new URLSearchParams(
      signedParameters({ actions: 'X' }, { ...world, secret: 'wrong' }),
    ).toString();
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: parameters,
    };
    const [direct, proxied] = await Promise.all(
      [world.sandbox.legacy.url, world.url].map(async (url) => {
        const response = await fetch(`${url}/token/apply`, init);
        return {
          text: await response.text(),
          status: response.status,
          server: response.headers.get('server'),
        };
      }),
    );
    assert.deepEqual(proxied, direct);
    assert.match(direct?.text ?? '', /407/);
  });

  it('hands every other path to the old service, untouched', async () => {
    world = await bothSides();
    const [direct, proxied] = await Promise.all(
      [world.sandbox.legacy.url, world.url].map(async (url) => {
        const response = await fetch(`${url}/anything?x=%41`);
        return {
          status: response.status,
          text: await response.text(),
          type: response.headers.get('content-type'),
        };
      }),
    );
    assert.deepEqual(proxied, direct);
    assert.equal((await fetch(`${world.url}/-/healthy`)).status, 200);
  });

  it('compares its own verdict on signatures with the old service\u2019s, before any cutover', async () => {
    world = await bothSides({
      accounts: [{ name: 'shop', keys: [{ accessKey: 'LTAISANDBOX0001', secret: 'aTypoInTheSecret' }] }],
    });
    await apply();
    assert.equal(
      await world.metric('token_proxy_signature_agreement_total{account="shop",verdict="proxy_rejects"}'),
      1,
    );
  });

  it('announces the deprecation and, when configured, the sunset on every answer', async () => {
    world = await bothSides({ headers: { sunset: '2027-06-30' } });
    const { headers } = await apply();
    assert.equal(headers.get('deprecation'), '@1609459200');
    assert.equal(headers.get('sunset'), 'Wed, 30 Jun 2027 00:00:00 GMT');
  });

  it('knows who still calls', async () => {
    world = await bothSides();
    await apply();
    await apply();
    const answer = await (await fetch(`${world.admin}/api/callers`)).json();
    assert.match(JSON.stringify(answer), /"account":"shop"/);
    assert.match(JSON.stringify(answer), /127\.0\.0\.1/);
  });
});

describe('an account that is not configured', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());
  const stranger = () => callOld(world.url, '/token/apply', applyFields(world.instanceId), world);

  it('is served by the old service untouched', async () => {
    world = await bothSides({ accounts: [] });
    const { body, headers } = await stranger();
    assert.equal(body.code, 200);
    assert.equal(headers.get('x-token-proxy-backend'), 'legacy');
    assert.equal(world.calls()[0]?.['reason'], 'unknown-account');
  });

  it('is refused with unknownAccounts: reject', async () => {
    world = await bothSides({ accounts: [], split: { unknownAccounts: 'reject' } });
    const { body } = await stranger();
    assert.equal(body.code, 400);
    assert.match(body.message, /LTAISANDBOX0001/);
  });

  it('reaches the old service that belongs to the host it called', async () => {
    world = await startProxiedWorld({
      config: ({ legacy, gateway }) => ({
        accounts: [],
        backends: {
          legacy: { url: 'http://127.0.0.1:1', hosts: { localhost: legacy.url } },
          gateway: { endpoint: gateway.endpoint, protocol: 'http' },
        },
      }),
    });
    assert.equal((await stranger()).body.code, 409);
    const url = world.url.replace('127.0.0.1', 'localhost');
    assert.equal((await callOld(url, '/token/apply', applyFields(world.instanceId), world)).body.code, 200);
  });
});

describe('a fallback', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());
  const apply = (topic = 'TopicA') =>
    callOld(world.url, '/token/apply', applyFields(world.instanceId, { resources: topic }), world);
  const start = (split: object, extra: ConfigDocument = {}) =>
    startProxiedWorld({
      sandbox: { limits: unlimited },
      config: (sandbox) => ({
        backends: backendsOf(sandbox, '400ms'),
        split: { gatewayPercent: 100, ...split },
        ...extra,
      }),
    });

  it('lets the old service answer when the gateway breaks down, and counts it', async () => {
    world = await start({});
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    const { body, headers } = await apply();
    assert.equal(body.code, 200);
    assert.equal(headers.get('x-token-proxy-backend'), 'legacy');
    assert.equal(await world.metric('token_proxy_fallbacks_total{action="apply",cause="fault"}'), 1);
    assert.equal(await world.metric('token_proxy_possibly_lost_tokens_total{backend="gateway"}'), 0);
  });

  it('comes in time when the gateway says nothing, and counts the token that may be lost', async () => {
    world = await start({}, { deadline: '2s' });
    world.sandbox.gateway.faults.set({ kind: 'hang' });
    const { body } = await apply();
    assert.equal(body.code, 200);
    assert.equal(await world.metric('token_proxy_possibly_lost_tokens_total{backend="gateway"}'), 1);
  });

  it('is not made for a mistake of the caller', async () => {
    world = await start({ fallback: { on: ['fault', 'throttled', 'denied'] } });
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'ParameterCheckFailed', status: 400 });
    assert.equal((await apply()).body.code, 400);
    assert.equal((await callOld(world.url, '/token/apply', {}, world)).body.code, 400);
    assert.equal(world.sandbox.legacy.stats().calls, 0);
  });

  for (const [cause, code] of [
    ['throttled', 'Throttling.User'],
    ['denied', 'NoPermission'],
  ] as const) {
    it(`is made for ${cause} only where the configuration says so`, async () => {
      world = await start({});
      world.sandbox.gateway.faults.set({ kind: 'answer', code, status: 400 });
      assert.equal((await apply()).body.code, 409);
      await world.close();
      world = await start({ fallback: { on: [cause] } });
      world.sandbox.gateway.faults.set({ kind: 'answer', code, status: 400 });
      assert.equal((await apply()).body.code, 200);
      assert.equal(await world.metric(`token_proxy_fallbacks_total{action="apply",cause="${cause}"}`), 1);
    });
  }

  it('is never made with fallback.on: []', async () => {
    world = await start({ fallback: { on: [] } });
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    assert.equal((await apply()).body.code, 409);
    assert.equal(world.sandbox.legacy.stats().calls, 0);
  });

  it('ends where its budget ends', async () => {
    world = await start({ fallback: { budgetPercent: 20 } });
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    let served = 0;
    for (let call = 0; call < 30; call += 1) served += (await apply(`t${call}`)).body.code === 200 ? 1 : 0;
    assert.equal(served, 10);
  });

  it('goes the other way only where the configuration says both, and never at weight 0', async () => {
    const withBoth = (gatewayPercent: number) =>
      startProxiedWorld({
        sandbox: { limits: unlimited },
        config: ({ gateway }) => ({
          backends: {
            legacy: { url: 'http://127.0.0.1:1', timeout: '400ms' },
            gateway: { endpoint: gateway.endpoint, protocol: 'http' },
          },
          split: { gatewayPercent, fallback: { both: true } },
        }),
      });
    world = await withBoth(0.01);
    const { body, headers } = await apply();
    assert.equal(body.code, 200);
    assert.equal(headers.get('x-token-proxy-backend'), 'gateway');
    await world.close();
    world = await withBoth(0);
    assert.equal((await apply()).body.code, 409);
    assert.equal(world.sandbox.gateway.stats().calls, 0);
  });
});

describe('a client that hangs up while the gateway says nothing', () => {
  it('gets no fallback: nobody would read it, and the budget is for those who wait', async () => {
    const world = await startProxiedWorld({
      sandbox: { limits: unlimited },
      config: (sandbox) => ({ backends: backendsOf(sandbox, '400ms'), split: { gatewayPercent: 100 } }),
    });
    try {
      world.sandbox.gateway.faults.set({ kind: 'hang' });
      const leaving = new AbortController();
      const parameters = new URLSearchParams(signedParameters(applyFields(world.instanceId), world));
      const calls = Array.from({ length: 15 }, () =>
        fetch(`${world.url}/token/apply`, { method: 'POST', body: parameters, signal: leaving.signal }),
      );
      const ended = Promise.allSettled(calls);
      while (world.sandbox.gateway.faults.injected < 15)
        await new Promise((resolve) => setTimeout(resolve, 5));
      leaving.abort();
      await ended;
      while ((await world.metric('token_proxy_inflight_requests')) > 0);
      assert.equal(world.sandbox.legacy.stats().calls, 0);
      assert.equal(await world.metric('token_proxy_possibly_lost_tokens_total{backend="gateway"}'), 15);
    } finally {
      await world.close();
    }
  });
});

describe('paths', () => {
  let world: ProxiedWorld;
  before(async () => {
    world = await bothSides({
      split: { gatewayPercent: 100, fallback: { on: [] }, unknownAccounts: 'reject' },
    });
  });
  after(() => world.close());
  const raw = (target: string) => sendRaw(world.url, `GET ${target} HTTP/1.1\r\nHost: p\r\n\r\n`);

  for (const path of [
    '/token/%61pply',
    '/token/apply;jsessionid=1',
    '/token//apply',
    '/token/./apply',
    '/x/../token/apply',
    '/token/apply//',
  ]) {
    it(`like ${path} are no way around the split`, async () => {
      const query = new URLSearchParams(signedParameters(applyFields(world.instanceId), world)).toString();
      const { json } = await raw(`${path}?${query}`);
      assert.equal(json.code, 200);
      assert.equal(world.sandbox.legacy.stats().calls, 0);
    });
  }

  it('for load balancers are never forwarded, whatever the method and the spelling', async () => {
    for (const [target, method, status] of [
      ['/-/healthy', 'GET', 200],
      ['/-/healthy', 'HEAD', 200],
      ['/-/healthy', 'POST', 404],
      ['/-/ready/', 'POST', 404],
      ['/-/nothing', 'GET', 404],
    ] as const) {
      const answer = await fetch(world.url + target, { method });
      assert.equal(answer.status, status, `${method} ${target}`);
    }
    assert.equal(world.sandbox.legacy.stats().calls, 0);
  });

  it('of the old service carry our request id, and one log line that does not tell the path', async () => {
    const { head } = await raw('/somewhere/planted?planted');
    const id = /^x-request-id: (\S+)/im.exec(head)?.[1];
    assert.ok(id);
    while (!world.logged().includes(`"requestId":"${id}"`)) await new Promise(setImmediate);
    assert.ok(!world.logged().includes('planted'));
  });
});

describe('a token of an old service that is configured no more', () => {
  it('is never called forged: query says 409 while it may live, revoke 410', async () => {
    const world = await bothSides();
    try {
      const { body } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
      const token = body.tokenData ?? '';
      await world.proxy.reload(world.configure({}));
      const asked = async (route: string) =>
        (await callOld(world.url, `/token/${route}`, { token }, world)).body;
      assert.equal((await asked('query')).code, 409);
      assert.equal((await asked('revoke')).code, 410);
      assert.match((await asked('query')).message, /the old service issued this token/);
    } finally {
      await world.close();
    }
  });
});

describe('revoke and query', () => {
  let world: ProxiedWorld;
  beforeEach(async () => {
    world = await bothSides();
  });
  afterEach(() => world.close());

  const apply = async (gatewayPercent: number) => {
    await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ gatewayPercent }),
    });
    const { body } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    return body.tokenData ?? '';
  };
  const call = (route: 'query' | 'revoke', token: string, url = world.url) =>
    callOld(url, `/token/${route}`, { token }, world);
  const backendOf = async (route: 'query' | 'revoke', token: string) => {
    const { body, headers } = await call(route, token);
    return [body.code, headers.get('x-token-proxy-backend')];
  };

  it('follow the issuer, whatever the weight is now', async () => {
    const old = await apply(0);
    const fresh = await apply(100);
    assert.deepEqual(await backendOf('query', old), [200, 'legacy']);
    await apply(0);
    assert.deepEqual(await backendOf('query', fresh), [200, 'gateway']);
    assert.deepEqual(await backendOf('revoke', fresh), [200, 'gateway']);
    assert.deepEqual(await backendOf('query', fresh), [3, 'gateway']);
    assert.deepEqual(await backendOf('revoke', old), [200, 'legacy']);
  });

  it('ask the old service first for a token without a record: it issued tokens before the proxy came', async () => {
    const { body } = await callOld(
      world.sandbox.legacy.url,
      '/token/apply',
      applyFields(world.instanceId),
      world,
    );
    assert.deepEqual(await backendOf('query', body.tokenData ?? ''), [200, 'legacy']);
    assert.equal(world.sandbox.gateway.stats().calls, 0);
    assert.deepEqual(await backendOf('revoke', body.tokenData ?? ''), [200, 'legacy']);
  });

  it('ask the instances next, and answer with the old service\u2019s own words when nobody knows the token', async () => {
    const direct = await (await fetchQuery(world.sandbox.legacy.url)).text();
    const proxied = await fetchQuery(world.url);
    assert.equal(await proxied.text(), direct);
    assert.equal(proxied.headers.get('x-token-proxy-backend'), 'legacy');
    assert.equal(world.sandbox.gateway.stats().byAction['QueryToken'], 1);
  });

  it('never call a token bad when the old service failed', async () => {
    world.sandbox.legacy.faults.set({ kind: 'html', status: 502 });
    assert.equal((await call('query', 'LzMT+nobody')).body.code, 409);
    assert.equal((await call('revoke', 'LzMT+nobody')).body.code, 410);
  });

  it('never call a token bad when an instance failed, though the old service does not know it', async () => {
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    assert.equal((await call('query', 'LzMT+nobody')).body.code, 409);
  });

  it('do not fall back: the issuer is down, so the answer is a failure', async () => {
    const token = await apply(100);
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
    const before = world.sandbox.legacy.stats().calls;
    assert.equal((await call('query', token)).body.code, 409);
    assert.equal((await call('revoke', token)).body.code, 410);
    assert.equal(world.sandbox.legacy.stats().calls, before);
  });

  const fetchQuery = (url: string) =>
    fetch(`${url}/token/query`, {
      method: 'POST',
      body: new URLSearchParams(signedParameters({ token: 'LzMT+nobody' }, world)),
    });
});

describe('who may call', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());

  it('is limited by allowFrom, in the old shape on the token routes', async () => {
    world = await bothSides({ allowFrom: ['10.0.0.0/8'] });
    const { body, status } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.deepEqual([status, body.code], [200, 400]);
    assert.match(body.message, /does not serve 127\.0\.0\.1/);
    assert.equal((await fetch(`${world.url}/other`)).status, 403);
    assert.equal((await fetch(`${world.url}/-/healthy`)).status, 200);
  });

  it('is judged by X-Forwarded-For only as far as trusted proxies wrote it', async () => {
    world = await bothSides({ allowFrom: ['10.0.0.0/8'], trustProxy: ['127.0.0.1'] });
    const from = async (header: string) =>
      (
        await callOld(world.url, '/token/apply', applyFields(world.instanceId), world, {
          'x-forwarded-for': header,
        })
      ).body.code;
    assert.equal(await from('10.1.2.3'), 200);
    assert.equal(await from('8.8.8.8'), 400);
    assert.equal(await from('10.1.2.3, 8.8.8.8'), 400);
  });
});
