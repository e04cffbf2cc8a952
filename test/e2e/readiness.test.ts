// Readiness, shown to be right: what it calls blocked hurts old clients when they are moved all the same, and what it
// calls ready does not.
import assert from 'node:assert/strict';
import { logTo } from '../../src/app/log.ts';
import { startProxy } from '../../src/app/proxy.ts';
import { defaultAccount } from '../../src/sandbox/accounts.ts';
import type { Sandbox } from '../../src/sandbox/world.ts';
import { startLenientOldService, type LenientOldService } from '../kit/lenient-old-service.ts';
import { applyFields, callOld, type OldAccount, type OldAnswer } from '../kit/old-clients.ts';
import { startProxiedWorld, type ConfigDocument, type ProxiedWorld } from '../kit/proxied-world.ts';
import { describeRedis, startRedis } from '../kit/redis.ts';
import { directories, eventually } from '../store/kit.ts';

interface Judged {
  readonly verdict: string;
  readonly blockers: readonly { kind: string; detail: string; count: number; lastSeen?: string }[];
  readonly notes: readonly string[];
  readonly peak: Record<'apply' | 'query' | 'revoke', { callsPerSecond: number; limit: number }>;
}
interface Report {
  readonly scope: string;
  readonly since: string;
  readonly address: Judged;
  readonly accounts: readonly (Judged & { account: string; calls: Record<string, number> })[];
}

describe('readiness', () => {
  let world: ProxiedWorld;
  let lenient: LenientOldService;
  const directory = directories();
  beforeEach(async () => {
    lenient = await startLenientOldService();
  });
  afterEach(async () => {
    await world.close();
    await lenient.close();
  });

  /** Everything at the old service, and no way back from the gateway: what would hurt then is not hidden. */
  const documentOf = ({ gateway, legacy }: Sandbox, sections: ConfigDocument = {}): ConfigDocument => ({
    backends: { legacy: { url: legacy.url }, gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
    split: { fallback: { on: [] } },
    ...sections,
  });
  const start = async (sections: (sandbox: Sandbox) => ConfigDocument = () => ({})): Promise<void> => {
    world = await startProxiedWorld({ config: (sandbox) => documentOf(sandbox, sections(sandbox)) });
  };
  const reload = (sections: ConfigDocument = {}) =>
    world.proxy.reload(world.configure(documentOf(world.sandbox, sections)));
  const shop = (more: Record<string, unknown>) => ({
    accounts: [
      {
        name: 'shop',
        keys: [{ accessKey: defaultAccount.keys[0]?.accessKey, secret: { env: 'SECRET' } }],
        ...more,
      },
    ],
  });
  const behindLenient = ({ gateway }: Sandbox) => ({
    backends: { legacy: { url: lenient.url }, gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
  });

  const report = async (query = ''): Promise<Report> => {
    const answer = await fetch(`${world.admin}/api/readiness${query}`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as Report;
  };
  const judged = async (query = ''): Promise<Report['accounts'][number]> => {
    const [account] = (await report(query)).accounts;
    assert.ok(account !== undefined);
    return account;
  };
  const kinds = ({ blockers }: Judged) => blockers.map(({ kind }) => kind);
  const blockedBy = async (kind: string, detail: RegExp): Promise<void> => {
    const account = await judged();
    assert.deepEqual([account.verdict, kinds(account)], ['blocked', [kind]], JSON.stringify(account));
    assert.match(account.blockers[0]?.detail ?? '', detail);
  };
  const ready = async (query = ''): Promise<void> => {
    const account = await judged(query);
    assert.deepEqual([account.verdict, account.blockers], ['ready', []]);
  };
  const weigh = async (gatewayPercent: number): Promise<void> => {
    const answer = await fetch(`${world.admin}/api/split`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ gatewayPercent }),
    });
    assert.equal(answer.status, 200);
  };
  const call = (path: string, fields: Record<string, string>, account: OldAccount = world) =>
    callOld(world.url, `/token/${path}`, fields, account);
  const apply = (overrides: Record<string, string> = {}, instanceId: string | undefined = world.instanceId) =>
    call('apply', applyFields(instanceId, overrides));
  const code = async (answer: Promise<OldAnswer>) => (await answer).body.code;

  it('calls an account blocked that no call has been seen of, and ready once it is known', async () => {
    await start();
    await blockedBy('no-calls', /no call of this account has been seen/);
    assert.equal(await code(apply()), 200);
    await ready();
    assert.deepEqual((await judged()).calls, { apply: 1, query: 0, revoke: 0 });
    await weigh(100);
    assert.equal(await code(apply()), 200);
  });

  it('finds a wrong secret, which refuses every client at the gateway, until a call shows it to be right', async () => {
    const wrong = shop({ keys: [{ accessKey: 'LTAISANDBOX0001', secret: 'not the secret' }] });
    await start(() => wrong);
    assert.equal(await code(apply()), 200);
    await blockedBy('signature', /LTAISANDBOX0001/);
    await weigh(100);
    assert.equal(await code(apply()), 407);

    await weigh(0);
    await reload();
    await blockedBy('signature', /no call has shown yet/);
    assert.equal(await code(apply()), 200);
    await ready();
    await weigh(100);
    assert.equal(await code(apply()), 200);
  });

  it('does not mind signatures that only the old service refuses', async () => {
    await start();
    assert.equal(await code(apply()), 200);
    const refusing = { kind: 'ok-with-code', code: 407, count: 1 } as const;
    world.sandbox.legacy.faults.set(refusing);
    assert.equal(await code(apply()), 407);
    await ready();
    assert.match((await judged()).notes.join(), /refused 1 signatures of LTAISANDBOX0001/);
  });

  it('finds calls that only a lenient old service serves, until the clients are mended', async () => {
    await start(behindLenient);
    const crowded = { resources: Array.from({ length: 120 }, (_, topic) => `T${topic}`).join(',') };
    const hasty = { expireTime: String(Date.now() + 30_000) };
    assert.deepEqual([await code(apply(crowded)), await code(apply(hasty))], [200, 200]);
    const { blockers } = await judged();
    assert.deepEqual(new Set(blockers.map(({ kind }) => kind)), new Set(['refused-parameters']));
    const details = blockers.map(({ detail }) => detail).join();
    assert.match(details, /names 120 topics/);
    assert.match(details, /less than 60 s ahead/);
    await weigh(100);
    assert.deepEqual([await code(apply(crowded)), await code(apply(hasty))], [400, 400]);

    await weigh(0);
    const mended = new Date().toISOString();
    assert.equal(await code(apply()), 200);
    await ready(`?since=${mended}`);
    assert.notEqual((await judged('?since=15m')).verdict, 'ready');
    await weigh(100);
    assert.equal(await code(apply()), 200);
  });

  it('finds applies that name no instance where none is configured to stand in', async () => {
    await start(() => shop({ instances: [] }));
    const unnamed = () => call('apply', applyFields(undefined));
    assert.equal(await code(unnamed()), 200);
    await blockedBy('unknown-instance', /name no instance/);
    await weigh(100);
    assert.equal(await code(unnamed()), 400);

    await weigh(0);
    await reload();
    assert.equal(await code(unnamed()), 200);
    await ready();
    assert.match((await judged()).notes.join(), /tokens whose instance is not known/);
    await weigh(100);
    assert.equal(await code(unnamed()), 200);
  });

  it('finds applies that name an instance which is not on the list', async () => {
    await start(() => shop({ instances: ['post-cn-other'] }));
    assert.equal(await code(apply()), 200);
    await blockedBy('unknown-instance', /post-cn-0pp12gl0001/);
    await weigh(100);
    assert.equal(await code(apply()), 400);

    await weigh(0);
    await reload();
    assert.equal(await code(apply()), 200);
    await ready();
    await weigh(100);
    assert.equal(await code(apply()), 200);
  });

  it('finds queries for tokens without a record where no listed instance can be asked', async () => {
    await start(() => shop({ instances: [] }));
    const { token } = world.sandbox.book.mint({
      issuer: 'gateway',
      account: 'sandbox',
      accessKeys: [world.accessKey],
      instanceId: world.instanceId,
      actions: 'R',
      resources: ['T'],
      expiresAtMs: Date.now() + 3_600_000,
    });
    const query = () => code(call('query', { token }));
    await weigh(100);
    assert.equal(await query(), 409);
    await blockedBy('unknown-instance', /without a record/);
    await reload();
    await ready();
    assert.equal(await query(), 200);
  });

  it('finds permissions that the gateway denies, until it has granted the same', async () => {
    await start();
    assert.equal(await code(apply()), 200);
    const denial = {
      kind: 'answer',
      code: 'InstancePermissionCheckFailed',
      actions: ['ApplyToken'],
    } as const;
    world.sandbox.gateway.faults.set(denial);
    await weigh(100);
    assert.equal(await code(apply()), 409);
    await weigh(0);
    assert.equal(await code(apply()), 200);
    await blockedBy('permission', /ApplyToken on post-cn-0pp12gl0001 .*InstancePermissionCheckFailed/);
    await weigh(100);
    assert.equal(await code(apply()), 409);

    world.sandbox.gateway.faults.clear();
    assert.equal(await code(apply({ resources: 'Elsewhere' })), 200);
    await ready();
    assert.equal(await code(apply()), 200);
  });

  it('takes a denied topic for granted only when that topic was', async () => {
    await start();
    await weigh(100);
    const denial = {
      kind: 'answer',
      code: 'PermissionCheckFailed',
      actions: ['ApplyToken'],
      count: 1,
    } as const;
    world.sandbox.gateway.faults.set(denial);
    assert.equal(await code(apply({ resources: 'Denied' })), 409);
    assert.equal(await code(apply({ resources: 'Granted' })), 200);
    await blockedBy('permission', /R,W Denied.*PermissionCheckFailed/);
    assert.equal(await code(apply({ resources: 'Denied' })), 200);
    await ready();
  });

  it('finds what the gateway says is wrong with the parameters', async () => {
    await start();
    await weigh(100);
    world.sandbox.gateway.faults.set({ kind: 'answer', code: 'InvalidParameter.Resources', count: 1 });
    assert.equal(await code(apply()), 400);
    await blockedBy('refused-parameters', /InvalidParameter\.Resources/);
  });

  describe('of rates', () => {
    const limits = (apply: number, address = 300) => ({
      limits: { perAccount: { apply }, perAddress: { apply: address }, headroomPercent: 0 },
      deadline: '1500ms',
    });
    const burst = async (calls: number) =>
      Promise.all(Array.from({ length: calls }, (_, index) => code(apply({ resources: `T${index}` }))));

    it('calls a burst that only waits its turn ready, and one that cannot make it blocked', async () => {
      await start(() => limits(10));
      assert.deepEqual(new Set(await burst(14)), new Set([200]));
      const patient = await judged();
      assert.deepEqual(patient.verdict, 'ready', JSON.stringify(patient));
      assert.equal(patient.peak.apply.limit, 10);
      await burst(60);
      await blockedBy('quota', /would not have had their turn in time/);
      assert.ok((await judged()).peak.apply.callsPerSecond >= 20);
      await weigh(100);
      assert.ok((await burst(60)).includes(409));

      await weigh(0);
      await reload(limits(90));
      await ready();
      await burst(60);
      await ready();
      await weigh(100);
      assert.deepEqual(new Set(await burst(60)), new Set([200]));
    });

    it('holds the sum of all accounts against the address', async () => {
      await start(() => limits(500, 10));
      await burst(60);
      const { address, accounts } = await report();
      assert.deepEqual([address.verdict, kinds(address)], ['blocked', ['quota']]);
      assert.match(address.blockers[0]?.detail ?? '', /quota of the address/);
      assert.equal(accounts[0]?.verdict, 'ready');
      await weigh(100);
      assert.ok((await burst(60)).includes(409));
    });
  });

  it('remembers what it has seen over a restart', async () => {
    const path = await directory();
    const kept = { ...shop({ instances: ['post-cn-other'] }), store: { type: 'lmdb', path } };
    await start(() => kept);
    assert.equal(await code(apply()), 200);
    await world.close();
    await start(() => kept);
    await blockedBy('unknown-instance', /post-cn-0pp12gl0001/);
    assert.equal((await report()).scope, 'replica');
  });

  it('refuses a time that is none', async () => {
    await start();
    for (const since of ['yesterday', '-5m', '2999-01-01T00:00:00Z', '15']) {
      assert.equal((await fetch(`${world.admin}/api/readiness?since=${since}`)).status, 400, since);
    }
  });
});

describeRedis('readiness of replicas that share a Redis', () => {
  it('is of the fleet: one replica tells what another has seen', async () => {
    const redis = await startRedis();
    const sections = ({ gateway, legacy }: Sandbox) => ({
      backends: { legacy: { url: legacy.url }, gateway: { endpoint: gateway.endpoint, protocol: 'http' } },
      store: { type: 'redis', url: redis.url },
      accounts: [
        {
          name: 'shop',
          keys: [{ accessKey: 'LTAISANDBOX0001', secret: 'wrong' }],
          instances: ['post-cn-other'],
        },
      ],
    });
    const world = await startProxiedWorld({ config: sections });
    const log = logTo(process.stdout, 'silent');
    const config = world.configure(sections(world.sandbox));
    const other = await startProxy({ config, log, version: 'test', idleGraceMs: 0 });
    try {
      const answer = await callOld(world.url, '/token/apply', applyFields(world.instanceId), world);
      assert.equal(answer.body.code, 200);
      const admin = `http://127.0.0.1:${other.adminAddress.port}`;
      await eventually(async () => {
        const { scope, accounts } = (await (await fetch(`${admin}/api/readiness`)).json()) as Report;
        return scope === 'fleet' && accounts[0]?.blockers.some(({ kind }) => kind === 'signature') === true;
      });
    } finally {
      await other.stop();
      await world.close();
      await redis.stop();
    }
  });
});
