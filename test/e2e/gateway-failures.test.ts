// Everything that can go wrong at the gateway, as an old client sees it: an answer in the old shape, in time.
import assert from 'node:assert/strict';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { applyFields, callOld, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';

/** Short, so that the suite is; the proportions are those of the defaults. */
const timeoutMs = 600;
const deadlineMs = 900;

/** What the gateway says is looked at here, not how the proxy spares it. */
const plenty = { perAccount: { apply: 1_000, query: 1_000, revoke: 1_000 } };
const patient = { consecutive: 1_000, minCalls: 1_000 };

type Outcome = 'rejected' | 'denied' | 'throttled' | 'fault';

const documentedCodes: [string, number, Outcome][] = [
  ['ParameterCheckFailed', 400, 'rejected'],
  ['InvalidParameter.ExpireTime', 400, 'rejected'],
  ['InvalidParameter', 400, 'rejected'],
  ['MissingActions', 400, 'rejected'],
  ['CheckAccountInfoFailed', 400, 'denied'],
  ['InstancePermissionCheckFailed', 400, 'denied'],
  ['PermissionCheckFailed', 400, 'denied'],
  ['NoPermission', 403, 'denied'],
  ['Forbidden.RAM', 403, 'denied'],
  ['ApiNotSupport', 404, 'denied'],
  ['InvalidAccessKeyId.NotFound', 404, 'denied'],
  ['SignatureDoesNotMatch', 400, 'denied'],
  ['InvalidSecurityToken.Expired', 400, 'denied'],
  ['ApplyTokenOverFlow', 400, 'throttled'],
  ['RevokeTokenOverFlow', 400, 'throttled'],
  ['Throttling', 400, 'throttled'],
  ['Throttling.User', 400, 'throttled'],
  ['Throttling.Api', 400, 'throttled'],
  ['InvalidTimeStamp.Expired', 400, 'fault'],
  ['SignatureNonceUsed', 400, 'fault'],
  ['InternalError', 500, 'fault'],
  ['SystemOverFlow', 500, 'fault'],
  ['ServiceUnavailable', 503, 'fault'],
];

const brokenAnswers: [string, FaultRule][] = [
  ['hangs', { kind: 'hang' }],
  ['resets the connection before reading', { kind: 'reset', at: 'before-reading' }],
  ['resets the connection after reading', { kind: 'reset', at: 'after-reading' }],
  ['resets the connection after the headers', { kind: 'reset', at: 'after-headers' }],
  ['resets the connection in mid body', { kind: 'reset', at: 'mid-body' }],
  ['drips its headers', { kind: 'slow-headers', intervalMs: 50 }],
  ['drips its body', { kind: 'slow-body', intervalMs: 50 }],
  ['sends half a body', { kind: 'half-body' }],
  ['sends an HTML error page', { kind: 'html', status: 502 }],
  ['sends an empty 200', { kind: 'empty' }],
  ['sends a 200 that is no JSON', { kind: 'not-json' }],
  ['sends an answer of 1 MB', { kind: 'huge', bytes: 1024 * 1024 }],
  ['answers too late', { kind: 'delay', ms: 5_000 }],
];

describe('an old client whose gateway', () => {
  let world: ProxiedWorld;
  // Anew each time: after an answer that tells of too many calls the proxy goes slower for a while.
  beforeEach(async () => {
    world = await startProxiedWorld({
      sandbox: { limits: { gateway: { perAccount: null, perAddress: null } } },
      config: ({ gateway }) => ({
        backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout: `${timeoutMs}ms` } },
        deadline: `${deadlineMs}ms`,
        limits: plenty,
        breaker: patient,
      }),
    });
  });
  afterEach(() => world.close());

  const apply = () => callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
  const issued = async () => (await apply()).body.tokenData ?? '';

  for (const [code, status, outcome] of documentedCodes) {
    it(`says ${code} is told so in its own words (${outcome})`, async () => {
      const token = await issued();
      world.sandbox.gateway.faults.set({ kind: 'answer', code, status, message: 'As documented.' });
      const series = (route: string, end: string) =>
        `token_proxy_requests_total{route="${route}",backend="gateway",account="shop",outcome="${end}"}`;
      const before = await world.metric(series('apply', outcome));

      const applied = await apply();
      assert.equal(applied.status, 200);
      assert.equal(applied.body.code, outcome === 'rejected' ? 400 : 409);
      assert.match(applied.body.message, new RegExp(`^${code}: .+ \\(RequestId [0-9A-F-]{36}\\)$`));
      assert.equal(applied.headers.get('x-gateway-code'), code);
      assert.match(applied.headers.get('x-gateway-request-id') ?? '', /^[0-9A-F-]{36}$/);
      assert.equal(applied.headers.has('retry-after'), outcome === 'throttled' || outcome === 'fault');

      const revoked = await callOld(world.url, '/token/revoke', { token }, world);
      assert.equal(revoked.body.code, 410);
      const queried = await callOld(world.url, '/token/query', { token }, world);
      assert.equal(queried.body.code, outcome === 'rejected' ? 1 : 409);

      assert.equal(await world.metric(series('apply', outcome)), before + 1);
    });
  }

  for (const [what, rule] of brokenAnswers) {
    it(`${what} gets 409, 410 and 409 in time`, async () => {
      const token = await issued();
      world.sandbox.gateway.faults.set(rule);
      const started = performance.now();
      const [applied, revoked, queried] = await Promise.all([
        apply(),
        callOld(world.url, '/token/revoke', { token }, world),
        callOld(world.url, '/token/query', { token }, world),
      ]);
      assert.deepEqual([applied.body.code, revoked.body.code, queried.body.code], [409, 410, 409]);
      assert.equal(applied.status, 200);
      assert.equal(applied.body.success, false);
      // Generous: a loaded machine must not decide. Old clients give up at 5 s.
      assert.ok(performance.now() - started < 4_500);
      for (const { body } of [applied, revoked, queried]) assert.ok(!body.message.includes(token));
    });
  }

  it('says 200 with a code inside is not taken for a success', async () => {
    world.sandbox.gateway.faults.set({ kind: 'ok-with-code', code: 'ServiceUnavailable' });
    assert.equal((await apply()).body.code, 409);
  });

  it('has another clock is told plainly', async () => {
    world.sandbox.gateway.setClockSkew(20 * 60_000);
    try {
      const { body } = await apply();
      assert.equal(body.code, 409);
      assert.match(body.message, /InvalidTimeStamp\.Expired/);
      assert.match(body.message, /clock/i);
    } finally {
      world.sandbox.gateway.setClockSkew(0);
    }
  });
});

describe('an old client whose gateway is not there at all', () => {
  for (const [what, endpoint] of [
    ['refuses connections', '127.0.0.1:1'],
    ['has no address', 'gateway.invalid'],
  ] as const) {
    it(`${what} gets 409`, async () => {
      const world = await startProxiedWorld({
        config: () => ({ backends: { gateway: { endpoint, protocol: 'http' } } }),
      });
      try {
        const { body, status } = await callOld(
          world.url,
          '/token/apply',
          applyFields(world.instanceId),
          world,
        );
        assert.deepEqual([status, body.code], [200, 409]);
      } finally {
        await world.close();
      }
    });
  }
});

describe('answers.failureStatus: mirror', () => {
  it('makes codes of 400 and up HTTP statuses, and leaves 1, 2 and 3 under 200', async () => {
    const world = await startProxiedWorld({ config: () => ({ answers: { failureStatus: 'mirror' } }) });
    try {
      const wrong = { accessKey: world.accessKey, secret: 'wrong' };
      // Not by fetch: it takes a 407 for a proxy's demand and hides it, which is why `mirror` is not the default.
      const forged = new URLSearchParams(signedParameters(applyFields(world.instanceId), wrong)).toString();
      const refused = await sendRaw(world.url, `GET /token/apply?${forged} HTTP/1.1\r\nHost: proxy\r\n\r\n`);
      assert.deepEqual([refused.status, refused.json.code], [407, 407]);
      assert.equal((await callOld(world.url, '/token/query', { token: 'unknown' }, world)).status, 200);
      world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InternalError', status: 500 });
      assert.equal(
        (await callOld(world.url, '/token/apply', applyFields(world.instanceId), world)).status,
        409,
      );
    } finally {
      await world.close();
    }
  });
});
