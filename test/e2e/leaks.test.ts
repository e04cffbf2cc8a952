// Nothing leaks: secrets, signatures and tokens are planted, everything that can fail is made to fail, and then all
// that the product wrote is searched for them.
import assert from 'node:assert/strict';
import { applyFields, callOld, oldSignature, signedParameters } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';
import { sendRaw } from '../kit/raw-http.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';

const faults: FaultRule[] = [
  { kind: 'answer', code: 'InternalError', status: 500 },
  { kind: 'answer', code: 'InvalidParameter.Token', status: 400 },
  { kind: 'reset', at: 'after-reading' },
  { kind: 'hang' },
  { kind: 'html' },
  { kind: 'not-json' },
  { kind: 'huge' },
];

describe('what the product writes', () => {
  let world: ProxiedWorld;
  before(async () => {
    world = await startProxiedWorld({
      sandbox: { limits: { gateway: { perAccount: null, perAddress: null } } },
      config: ({ gateway }) => ({
        backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http', timeout: '300ms' } },
        // Every failure shall reach the client, none be held back.
        breaker: { consecutive: 1_000, minCalls: 1_000 },
        limits: { perAccount: { apply: 1_000, query: 1_000, revoke: 1_000 } },
      }),
    });
  });
  after(() => world.close());

  it('holds no secret, signature or token, whatever happens', async () => {
    const planted = new Set<string>([world.secret]);
    const answers: string[] = [];
    const call = async (path: string, fields: Record<string, string>) => {
      const signature = oldSignature(fields, world.secret);
      planted.add(signature).add(encodeURIComponent(signature));
      const { body } = await callOld(world.url, path, fields, world, { 'user-agent': 'old client' });
      if (body.tokenData !== undefined) planted.add(body.tokenData).add(encodeURIComponent(body.tokenData));
      answers.push(body.message);
      return body.tokenData ?? '';
    };

    const token = await call('/token/apply', applyFields(world.instanceId));
    assert.notEqual(token, '');
    for (const fault of [undefined, ...faults]) {
      if (fault !== undefined) world.sandbox.gateway.faults.set(fault);
      await call('/token/apply', applyFields(world.instanceId));
      await call('/token/query', { token });
      await call('/token/revoke', { token });
      await call('/token/query', { token: 'LzMT+forgedforgedforged==' });
      world.sandbox.gateway.faults.clear();
    }
    planted.add('LzMT+forgedforgedforged==');

    const wrongSecret = 'plantedWrongSecret0000';
    const forged = signedParameters({ token }, { accessKey: world.accessKey, secret: wrongSecret });
    planted.add(wrongSecret).add(forged['signature'] ?? '');
    const query = new URLSearchParams(forged).toString();
    for (const target of [
      `/token/query?${query}`,
      `/elsewhere?${query}`,
      `/-/ready?${query}`,
      `/%zz?${query}`,
    ]) {
      const answer = await sendRaw(
        world.url,
        `GET ${target} HTTP/1.1\r\nHost: proxy\r\nReferer: /?${query}\r\n\r\n`,
      );
      answers.push(answer.head, answer.body);
    }

    const written = { log: world.logged(), metrics: await world.metrics(), answers: answers.join('\n') };
    assert.ok(world.calls().length > 30, 'the log tells of the calls');
    for (const [where, text] of Object.entries(written)) {
      assert.ok(text.length > 0);
      for (const value of planted) assert.ok(!text.includes(value), `${where} shows a planted value`);
    }
  });

  it('tells of each call in one line, with route, backend, reason, outcome and code', async () => {
    const { headers } = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
    const lines = world.calls().filter(({ requestId }) => requestId === headers.get('x-request-id'));
    assert.equal(lines.length, 1);
    const { route, account, backend, reason, outcome, code, level, instanceId, accessKey } = lines[0] ?? {};
    assert.deepEqual(
      { route, account, backend, reason, outcome, code, level, instanceId, accessKey },
      {
        route: 'apply',
        account: 'shop',
        backend: 'gateway',
        reason: 'only-backend',
        outcome: 'ok',
        code: 200,
        level: 30,
        instanceId: world.instanceId,
        accessKey: world.accessKey,
      },
    );
  });
});
