// Tokens handed out again, over real sockets: fewer gateway calls, never a revoked token, never another account's.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logTo } from '../../src/app/log.ts';
import { startProxy } from '../../src/app/proxy.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type ProxiedWorld } from '../kit/proxied-world.ts';

const reuse = { enabled: true };
const secret = { env: 'SECRET' };

describe('reuse of tokens', () => {
  let world: ProxiedWorld;
  afterEach(() => world.close());

  const minted = () => world.sandbox.gateway.stats().byAction['ApplyToken'] ?? 0;
  const apply = async (fields: Record<string, string> = {}, url = world.url) => {
    const answer = await callOld(url, '/token/apply', applyFields(world.instanceId, fields), world);
    assert.equal(answer.body.code, 200, answer.body.message);
    assert.equal(answer.headers.get('x-token-proxy-backend'), 'gateway');
    return answer.body.tokenData ?? '';
  };
  const revoke = (token: string, url = world.url) => callOld(url, '/token/revoke', { token }, world);

  it('is off unless the configuration says so', async () => {
    world = await startProxiedWorld();
    assert.notEqual(await apply(), await apply());
    assert.equal(minted(), 2);
  });

  it('hands a live token out again for the same things, in whatever order they are named', async () => {
    world = await startProxiedWorld({ config: () => ({ reuse }) });
    const token = await apply({ resources: 'A,B' });
    assert.equal(await apply({ resources: 'B,A' }), token);
    assert.notEqual(await apply({ resources: 'A' }), token);
    assert.notEqual(await apply({ resources: 'A,B', actions: 'R' }), token);
    assert.notEqual(await apply({ resources: 'A,B', expireTime: String(Date.now() + 7_200_000) }), token);
    assert.equal(minted(), 4);
    assert.equal(await world.metric('token_proxy_reused_tokens_total{how="live"}'), 1);
    assert.equal(world.calls().filter(({ reused }) => reused === 'live').length, 1);
  });

  it('lets identical calls at the same time share one gateway call', async () => {
    world = await startProxiedWorld({ config: () => ({ reuse }) });
    world.sandbox.gateway.faults.set({ kind: 'delay', ms: 300 });
    const expireTime = String(Date.now() + 3_600_000);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => apply({ expireTime })));
    assert.equal(new Set(tokens).size, 1);
    assert.equal(minted(), 1);
  });

  it('never hands out a revoked token, nor one that was revoked at another replica', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'token-proxy-reuse-'));
    const config = () => ({ reuse, store: { type: 'lmdb', path: directory } });
    const here = await startProxiedWorld({ config });
    const there = await startProxy({
      config: here.configure(config()),
      log: logTo(process.stdout, 'silent'),
      version: 'test',
      idleGraceMs: 0,
    });
    world = {
      ...here,
      close: async () => {
        await there.stop();
        await here.close();
        await rm(directory, { recursive: true });
      },
    };
    const first = await apply();
    assert.equal((await revoke(first)).body.code, 200);
    const second = await apply();
    assert.notEqual(second, first);
    assert.equal((await revoke(second, `http://127.0.0.1:${there.addresses[0]?.port ?? 0}`)).body.code, 200);
    assert.notEqual(await apply(), second);
  });

  it("never hands out another account's token, nor one made for another key", async () => {
    const keys = ['LTAI-1', 'LTAI-2', 'LTAI-3'];
    const sandboxSecret = 'sandboxSecret0123456789abcdefgh';
    world = await startProxiedWorld({
      sandbox: {
        accounts: [
          {
            name: 'both',
            keys: keys.map((accessKey) => ({ accessKey, secret: sandboxSecret })),
            instances: ['post-cn-x'],
          },
        ],
      },
      config: () => ({
        reuse,
        accounts: [
          {
            name: 'one',
            keys: [
              { accessKey: 'LTAI-1', secret },
              { accessKey: 'LTAI-2', secret },
            ],
          },
          { name: 'another', keys: [{ accessKey: 'LTAI-3', secret }] },
        ],
      }),
    });
    const tokens = keys.map(async (accessKey) => {
      const account = { accessKey, secret: sandboxSecret };
      return (await callOld(world.url, '/token/apply', applyFields('post-cn-x'), account)).body.tokenData;
    });
    assert.equal(new Set(await Promise.all(tokens)).size, 3);
  });
});
