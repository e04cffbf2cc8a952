// Revoke and query carry no instance, the gateway wants one: the record of issued tokens, and asking around.
import assert from 'node:assert/strict';
import { defaultAccount } from '../../src/sandbox/accounts.ts';
import { applyFields, callOld, oldSignature, type OldAccount } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';

const second: OldAccount = { accessKey: 'LTAISECOND00001', secret: 'anotherSecret' };
const instances = ['post-cn-first', 'post-cn-second', 'post-cn-third'];

describe('a token without an instance in the request', () => {
  let world: ProxiedWorld;
  const sandboxAccounts = [
    { ...defaultAccount, instances },
    { name: 'second', keys: [second], instances: ['post-cn-other'] },
  ];
  const start = () =>
    startProxiedWorld({
      sandbox: { accounts: sandboxAccounts, limits: { gateway: { perAccount: null, perAddress: null } } },
      config: ({ accessKey, gateway }) => ({
        accounts: [
          { name: 'shop', keys: [{ accessKey, secret: { env: 'SECRET' } }], instances },
          {
            name: 'second',
            keys: [{ accessKey: second.accessKey, secret: second.secret }],
            instances: ['post-cn-other'],
          },
        ],
        backends: { gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
      }),
    });
  beforeEach(async () => {
    world = await start();
  });
  afterEach(() => world.close());

  const apply = async (instanceId: string): Promise<string> => {
    const { body } = await callOld(world.url, '/token/apply', applyFields(instanceId), world);
    assert.equal(body.code, 200, body.message);
    return body.tokenData ?? '';
  };
  const query = (token: string, account: OldAccount = world) =>
    callOld(world.url, '/token/query', { token }, account);
  const revoke = (token: string, account: OldAccount = world) =>
    callOld(world.url, '/token/revoke', { token }, account);
  const calls = (action: string) => world.sandbox.gateway.stats().byAction[action] ?? 0;

  /** A token that the gateway issued without the proxy seeing it. */
  const foreignToken = async (instanceId: string): Promise<string> => {
    const other = await startProxiedWorld({
      sandbox: { accounts: sandboxAccounts },
      config: () => ({
        accounts: [
          { name: 'x', keys: [{ accessKey: world.accessKey, secret: { env: 'SECRET' } }], instances },
        ],
        backends: { gateway: { endpoint: world.sandbox.gateway.endpoint, protocol: 'http' } },
      }),
    });
    const { body } = await callOld(other.url, '/token/apply', applyFields(instanceId), world);
    await other.close();
    return body.tokenData ?? '';
  };

  it('is asked about once, at the instance that it was issued for', async () => {
    const token = await apply('post-cn-third');
    assert.equal((await query(token)).body.code, 200);
    assert.equal(calls('QueryToken'), 1);
  });

  it('that nobody remembers is found by asking the instances in turn', async () => {
    const token = await foreignToken('post-cn-second');
    assert.equal((await query(token)).body.code, 200);
    assert.equal(calls('QueryToken'), 2);
  });

  it('that nobody remembers is revoked only at the instance that knows it', async () => {
    const token = await foreignToken('post-cn-third');
    assert.equal((await revoke(token)).body.code, 200);
    assert.equal(calls('RevokeToken'), 1);
    assert.equal((await query(token)).body.code, 3);
  });

  it('that no instance knows is code 1 to query and 410 to revoke, and nothing is revoked', async () => {
    assert.equal((await query('LzMT+nobody')).body.code, 1);
    assert.equal((await revoke('LzMT+nobody')).body.code, 410);
    assert.equal(calls('RevokeToken'), 0);
  });

  it('is never called bad when one of the instances could not be asked', async () => {
    world.sandbox.gateway.faults.set({
      kind: 'answer',
      code: 'InternalError',
      status: 500,
      actions: ['QueryToken'],
      count: 1,
    });
    const { body } = await query('LzMT+nobody');
    assert.equal(body.code, 409);
    assert.match(body.message, /InternalError/);
  });

  it('of another account is not found through its record', async () => {
    const token = await apply('post-cn-first');
    assert.equal((await query(token, second)).body.code, 1);
    assert.equal((await revoke(token, second)).body.code, 410);
    assert.equal((await query(token)).body.code, 200);
  });

  it('is refused for an instance that is not on the list of the account', async () => {
    const { body } = await callOld(world.url, '/token/apply', applyFields('post-cn-other'), world);
    assert.equal(body.code, 400);
    assert.match(body.message, /post-cn-other is not among the instances configured for account shop/);
    assert.equal(calls('ApplyToken'), 0);
  });

  it('of an instance that has left the list is not called forged: nobody asked can know', async () => {
    const token = await apply('post-cn-third');
    const { sandbox } = world;
    await world.proxy.reload(
      world.configure({
        accounts: [
          {
            name: 'shop',
            keys: [{ accessKey: world.accessKey, secret: { env: 'SECRET' } }],
            instances: ['post-cn-first'],
          },
        ],
      }),
    );
    const { body } = await query(token);
    assert.equal(body.code, 409);
    assert.match(body.message, /post-cn-third issued this token/);
    assert.equal(sandbox.gateway.stats().byAction['QueryToken'] ?? 0, 0);
  });

  it('keeps its issuer when the signature of a request covers every parameter', async () => {
    const token = await apply('post-cn-second');
    const signed = { token, accessKey: world.accessKey };
    const parameters = new URLSearchParams({ ...signed, signature: oldSignature(signed, world.secret) });
    const response = await fetch(`${world.url}/token/query?${parameters.toString()}`);
    assert.equal(((await response.json()) as { code: number }).code, 200);
  });
});

describe('an expired token', () => {
  it('is code 2 to query', async () => {
    let clock = Date.now();
    const now = () => clock;
    const world = await startProxiedWorld({ sandbox: { clock: now }, now });
    try {
      const fields = applyFields(world.instanceId, { expireTime: String(clock + 120_000) });
      const { body } = await callOld(world.url, '/token/apply', fields, world);
      assert.equal(body.code, 200);
      // Within the 15 minutes that signatures, which use the real clock, may be off.
      clock += 130_000;
      const token = body.tokenData ?? '';
      assert.equal((await callOld(world.url, '/token/query', { token }, world)).body.code, 2);
    } finally {
      await world.close();
    }
  });
});
