import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configFromDocument, loadConfig } from '../../src/config/load.ts';
import { account, configOf, document, env, loaded, plantedSecret } from './kit.ts';

const example = new URL('../../config/proxy.yaml', import.meta.url).pathname;

function assertFrozen(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  assert.ok(Object.isFrozen(value), path);
  for (const [key, entry] of Object.entries(value)) assertFrozen(entry, `${path}.${key}`);
}

describe('configuration defaults', () => {
  it('has the defaults of SPEC section 3', () => {
    const accounts = [account()];
    const config = configOf({ accounts }, { env, baseDir: '/etc/proxy' });
    assert.deepEqual(
      { ...config, accounts: [] },
      {
        accounts: [],
        listen: [{ host: '0.0.0.0', port: 8080 }],
        trustProxy: [],
        allowFrom: [],
        admin: { host: '127.0.0.1', port: 9464, tokens: [] },
        backends: { gateway: { regionId: 'cn-hangzhou', protocol: 'https', timeoutMs: 3000 } },
        split: {
          gatewayPercent: 100,
          gatewayPercentIsSet: false,
          key: ['account', 'instanceId', 'resources'],
          overrides: [],
          fallback: { on: ['fault'], budgetPercent: 20, both: false },
          unknownAccounts: 'legacy',
        },
        deadlineMs: 4500,
        limits: {
          perAccount: { apply: 100, query: 100, revoke: 5 },
          perAddress: { apply: 300, query: 300, revoke: 300 },
          headroomPercent: 10,
          replicas: 1,
        },
        reuse: { enabled: false, toleranceMs: 60_000 },
        breaker: {
          consecutive: 5,
          errorPercent: 50,
          minCalls: 20,
          windowMs: 10_000,
          openForMs: 2000,
          openAtMostMs: 5000,
        },
        shadow: { percent: 0, verify: false },
        rollout: {
          steps: [
            { gatewayPercent: 1, hold: 600_000 },
            { gatewayPercent: 5, hold: 600_000 },
            { gatewayPercent: 25, hold: 1_800_000 },
            { gatewayPercent: 50, hold: 'manual' },
            { gatewayPercent: 100 },
          ],
          abortWhen: { errorPercent: 2, minRequests: 50 },
          coolDownMs: 600_000,
        },
        store: { type: 'lmdb', path: '/etc/proxy/data' },
        drain: { delayMs: 0 },
        reload: { watch: false },
        answers: { failureStatus: 200 },
        headers: { deprecation: true },
        metrics: { accounts: 20 },
        log: { level: 'info', format: 'json' },
      },
    );
  });

  it('starts at 0 percent with an old service, and fills in what its section leaves out', () => {
    const { split, backends } = configOf({ backends: { legacy: {} } });
    assert.equal(split.gatewayPercent, 0);
    assert.equal(split.gatewayPercentIsSet, false);
    assert.equal(
      JSON.stringify(backends.legacy),
      '{"url":"https://mqauth.aliyuncs.com","hosts":{},"timeoutMs":3000}',
    );
  });

  it('tells a weight that the file sets from the default', () => {
    assert.equal(configOf(document({ split: { gatewayPercent: 100 } })).split.gatewayPercentIsSet, true);
  });

  it('takes a key without a value for one that is left out', () => {
    const empty = configOf(
      document({ backends: { legacy: null }, split: null, deadline: null, listen: null }),
    );
    assert.deepEqual(empty, configOf(document()));
  });

  it('completes stores, credentials and TLS', () => {
    const config = configOf(
      document({
        store: { type: 'redis', url: 'redis://localhost:6379' },
        listen: { tls: { certFile: 'a.crt', keyFile: '/b.key' } },
      }),
      { env, baseDir: '/etc/proxy' },
    );
    const [shop] = config.accounts;
    assert.equal(
      JSON.stringify(config.store),
      '{"type":"redis","url":"***","prefix":"tokenproxy","whenDown":"degrade"}',
    );
    assert.deepEqual(config.listen, [
      {
        host: '0.0.0.0',
        port: 8080,
        tls: { certFile: '/etc/proxy/a.crt', keyFile: '/b.key', minVersion: 'TLSv1.2' },
      },
    ]);
    assert.deepEqual(shop?.gateway.credentials, { type: 'caller' });
  });

  it('is frozen all the way down while its secrets go on working', () => {
    const config = configOf(document({ backends: { legacy: { hosts: { 'a.example': 'b.example' } } } }));
    assertFrozen(config, 'config');
    const [shop] = config.accounts;
    assert.equal(shop?.keys[0]?.secret.reveal(), plantedSecret);
  });
});

describe('config/proxy.yaml', () => {
  it('loads without a mistake when the variables that it names are set', () => {
    assert.ok(loaded(loadConfig(example, { env })));
  });

  it('gives every key the default of the schema', () => {
    const { config } = loaded(loadConfig(example, { env }));
    const accounts = [
      {
        name: 'shop',
        keys: [{ accessKey: 'LTAIEXAMPLE0001', secret: { env: 'SHOP_SECRET' } }],
        instances: ['post-cn-example0001'],
      },
    ];
    const minimal = loaded(
      configFromDocument({ accounts }, { env, baseDir: new URL('../../config', import.meta.url).pathname }),
    );
    assert.equal(JSON.stringify(config), JSON.stringify(minimal.config));
  });

  it('speaks of every key at the top of the document', () => {
    const text = readFileSync(example, 'utf8');
    for (const key of Object.keys(configOf(document()))) {
      assert.match(text, new RegExp(`^${key.replace(/Ms$/, '')}:`, 'm'));
    }
  });
});
