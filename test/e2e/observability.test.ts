// What operators and load balancers see: metrics that add up, health, the two listeners kept apart.
import assert from 'node:assert/strict';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';

describe('an operator', () => {
  let world: ProxiedWorld;
  beforeEach(async () => {
    world = await startProxiedWorld();
  });
  afterEach(() => world.close());

  const get = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, text: await response.text() };
  };

  it('finds every answer counted once, by outcome and by code', async () => {
    const { body } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    await callOld(world.url, '/token/query', { token: body.tokenData ?? '' }, world);
    await callOld(world.url, '/token/apply', {}, world);
    await callOld(world.url, '/token/apply', applyFields(undefined), { accessKey: 'nobody', secret: 'x' });
    const requests = (labels: string) => world.metric(`token_proxy_requests_total{${labels}}`);
    assert.equal(await requests('route="apply",backend="gateway",account="shop",outcome="ok"'), 1);
    assert.equal(await requests('route="query",backend="gateway",account="shop",outcome="ok"'), 1);
    assert.equal(await requests('route="apply",backend="none",account="shop",outcome="rejected"'), 1);
    assert.equal(await requests('route="apply",backend="none",account="other",outcome="rejected"'), 1);
    assert.equal(await world.metric('token_proxy_answers_total{route="apply",code="400"}'), 2);
    assert.equal(
      await world.metric('token_proxy_decisions_total{backend="gateway",reason="only-backend"}'),
      1,
    );
    assert.equal(await world.metric('token_proxy_decisions_total{backend="gateway",reason="issuer"}'), 1);
    assert.equal(
      await world.metric('token_proxy_backend_calls_total{backend="gateway",action="apply",outcome="ok"}'),
      1,
    );
    assert.equal(await world.metric('token_proxy_ledger_tokens'), 1);
    assert.equal(await world.metric('token_proxy_inflight_requests'), 0);
    assert.equal(await world.metric('token_proxy_split_weight_ratio{backend="gateway"}'), 1);
    assert.equal(await world.metric('token_proxy_config_last_reload_successful'), 1);
  });

  it("sees by how much the gateway's clock differs", async () => {
    world.sandbox.gateway.setClockSkew(120_000);
    await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    const offset = await world.metric('token_proxy_gateway_clock_offset_seconds');
    assert.ok(offset > 100 && offset < 140, String(offset));
  });

  it('asks for health on both listeners, each under its own paths', async () => {
    for (const url of [
      `${world.url}/-/healthy`,
      `${world.url}/-/ready`,
      `${world.admin}/healthz`,
      `${world.admin}/readyz`,
    ]) {
      assert.equal((await get(url)).status, 200, url);
    }
  });

  it('does not find metrics on the public listener, nor token routes on the admin listener', async () => {
    assert.equal((await get(`${world.url}/metrics`)).status, 404);
    assert.equal((await get(`${world.admin}/token/apply`)).status, 404);
  });

  it('gets JSON and no page for a path that does not exist', async () => {
    const { status, text } = await get(`${world.url}/nothing`);
    assert.equal(status, 404);
    assert.deepEqual(JSON.parse(text), { success: false, message: 'no such path', code: 404 });
  });

  it('sees no account label beyond the configured number', async () => {
    await world.close();
    world = await startProxiedWorld({ config: () => ({ metrics: { accounts: 0 } }) });
    await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    assert.ok(!(await world.metrics()).includes('account="shop"'));
    assert.equal(
      await world.metric(
        'token_proxy_requests_total{route="apply",backend="gateway",account="other",outcome="ok"}',
      ),
      1,
    );
  });
});
