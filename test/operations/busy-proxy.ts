// A proxy that has seen everything at once: both backends under load, faults of each, full quotas, an open breaker, wrong
// signatures, a refused reload. So that every series that operators look at exists and moves.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad } from '../../src/sandbox/load.ts';
import type { SandboxAccount } from '../../src/sandbox/accounts.ts';
import { fixedPort } from '../kit/ports.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld, type WorldOptions } from '../kit/proxied-world.ts';
import { startSteadyLoad } from '../kit/steady-load.ts';
import { makeIdentity } from '../legacy/forward-kit.ts';

export interface BusyProxy {
  /** `host:port` of the admin listener. */
  readonly target: string;
  moveWeight(gatewayPercent: number): Promise<void>;
}

/** What is to be done at the end, the last one first. */
export type CleanUps = (() => Promise<unknown>)[];

const secret = 'sandboxSecret0123456789abcdefgh';
const accountOf = (name: string): SandboxAccount => ({
  name,
  keys: [{ accessKey: `KEY-${name}`, secret }],
  instances: [`post-cn-${name}`],
});

/** Resolves when all of that has begun; it goes on until it is cleaned up. */
export async function startBusyProxy(cleanUps: CleanUps): Promise<BusyProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-busy-'));
  cleanUps.push(() => rm(directory, { recursive: true }));
  const { cert, key } = makeIdentity();
  const tls = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
  await writeFile(tls.certFile, cert);
  await writeFile(tls.keyFile, key);
  const nobody = `http://127.0.0.1:${await fixedPort()}`;

  // The storm calls more than its quota allows; the stranded account's old service is not there.
  const accounts = ['shop', 'storm', 'stranded'].map(accountOf);
  const configured = (name: string, more: object = {}) => ({
    name,
    keys: [{ accessKey: `KEY-${name}`, secret: { env: 'SECRET' } }],
    instances: [`post-cn-${name}`],
    ...more,
  });
  const config: WorldOptions['config'] = (sandbox) => ({
    listen: [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0, tls },
    ],
    accounts: [
      configured('shop'),
      configured('storm', { limits: { apply: 5 } }),
      configured('stranded', { legacyUrl: nobody }),
    ],
    backends: {
      legacy: { url: sandbox.legacy.url },
      gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http' },
    },
    split: {
      gatewayPercent: 50,
      overrides: [
        { account: 'storm', gatewayPercent: 100 },
        { account: 'stranded', gatewayPercent: 0 },
      ],
    },
    deadline: '2s',
    reuse: { enabled: true },
    shadow: { percent: 100 },
  });
  const world = await startProxiedWorld({ sandbox: { accounts }, config });
  cleanUps.push(() => world.close());
  const { sandbox, proxy, url } = world;
  const apply = async (name: string, topic: string): Promise<void> => {
    const caller = { accessKey: `KEY-${name}`, secret };
    await callOld(url, '/token/apply', applyFields(`post-cn-${name}`, { resources: topic }), caller);
  };

  sandbox.gateway.faults.set({ kind: 'reset', at: 'mid-body', actions: ['ApplyToken'], percent: 10 });
  sandbox.legacy.faults.set(
    { kind: 'reset', at: 'after-reading', actions: ['apply'], percent: 5 },
    { kind: 'answer', code: 407, actions: ['apply'], percent: 5 },
  );
  const fleet = {
    callsPerSecond: 10,
    devices: 500,
    accessKey: 'KEY-shop',
    secret,
    instanceId: 'post-cn-shop',
  };
  const loads = [
    startLoad({ url, ...fleet }),
    startSteadyLoad(8, (count) => apply('storm', `storm/${count}`)),
    startSteadyLoad(2, (count) => apply('stranded', `stranded/${count}`)),
    startSteadyLoad(1, () => apply('storm', 'the/same')),
  ];
  cleanUps.push(() => Promise.all(loads.map((load) => load.stop())));

  // For a moment less than the proxy thinks that there is.
  const granted = { ApplyToken: 100, QueryToken: 100, RevokeToken: 5 };
  sandbox.gateway.setLimits({ perAccount: { ...granted, ApplyToken: 1 } });
  while ((await world.metric('token_proxy_quota_held_back_total{action="apply"}')) === 0)
    await apply('storm', 'held/back');
  sandbox.gateway.setLimits({ perAccount: granted });

  proxy.reloadRefused();
  return {
    target: new URL(world.admin).host,
    moveWeight: async (gatewayPercent) => {
      const order = { method: 'PUT', headers: { 'content-type': 'application/json' } };
      const { status } = await fetch(`${world.admin}/api/split`, {
        ...order,
        body: JSON.stringify({ gatewayPercent }),
      });
      assert.equal(status, 200);
    },
  };
}
