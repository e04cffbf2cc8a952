import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { parse } from 'yaml';
import { describeConfig } from '../../src/config/describe.ts';
import { configFromDocument } from '../../src/config/load.ts';
import { account, configOf, document, env, loaded, plantedSecret, temporaryFolder } from './kit.ts';

const secret = { env: 'SHOP_SECRET' };

describe('effective configuration', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  const full = () => ({
    listen: [
      { port: 1 },
      { host: '::1', port: 2, tls: { certFile: 'a', keyFile: 'b', minVersion: 'TLSv1.3' } },
    ],
    trustProxy: ['10.0.0.1'],
    allowFrom: ['fd00::/8'],
    admin: {
      host: '0.0.0.0',
      tokens: [{ name: 'alice', token: { file: folder.write('token', 'x') }, role: 'write' }],
    },
    accounts: [
      account({
        instances: ['i1', { id: 'i2', regionId: 'cn-x' }],
        limits: { apply: 500 },
        legacyUrl: 'http://l.example/b',
      }),
      account({
        name: 'ram',
        keys: [{ accessKey: 'R', secret }],
        instances: ['i3'],
        gateway: {
          credentials: {
            type: 'ram_role_arn',
            accessKeyId: 'RAM',
            accessKeySecret: secret,
            roleArn: 'acs:ram::1:role/x',
            roleSessionExpiration: 3600,
          },
        },
      }),
    ],
    backends: {
      legacy: { url: 'old.example.com', hosts: { 'A.example': 'b.example' }, timeout: '1500ms' },
      gateway: { regionId: 'cn-y', endpoint: '127.0.0.1:9', protocol: 'http', timeout: '1s' },
    },
    split: { gatewayPercent: 12.34, overrides: [{ account: 'ram', gatewayPercent: 100 }], key: ['request'] },
    rollout: {
      steps: [
        { gatewayPercent: 3, hold: 'manual' },
        { gatewayPercent: 4, hold: '90s' },
      ],
    },
    store: { type: 'redis', url: secret2() },
    answers: { failureStatus: 'mirror' },
    headers: { sunset: '2027-06-30', deprecation: false },
  });
  const secret2 = () => ({ env: 'REDIS_URL' });
  const all = { ...env, REDIS_URL: `redis://:${plantedSecret}@cache.example.com` };

  it('gives the same configuration when it is fed back in', () => {
    for (const given of [full(), document(), { backends: { legacy: {} } }]) {
      const config = configOf(given, { env: all, baseDir: folder.path });
      const text = describeConfig(config);
      const again = configOf(parse(text), { env: all });
      assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(config)));
      assert.equal(describeConfig(again), text);
      assert.deepEqual(
        again.accounts.map(({ keys }) => keys.map((key) => key.secret.reveal())),
        config.accounts.map(({ keys }) => keys.map((key) => key.secret.reveal())),
      );
    }
  });

  it('follows the order and spelling of SPEC section 3', () => {
    const keys = Object.keys(parse(describeConfig(configOf(document()))) as object);
    assert.equal(
      keys.join(' '),
      'listen trustProxy allowFrom admin accounts backends split deadline limits reuse breaker shadow rollout ' +
        'store drain reload answers headers metrics log',
    );
  });

  it('shows a default weight as a comment, so that it does not become a setting', () => {
    assert.match(describeConfig(configOf(document())), /^ {2}# gatewayPercent: 100, by default$/m);
  });

  it('shows where secrets come from, and *** for literal ones', () => {
    assert.match(describeConfig(configOf(document())), /env: SHOP_SECRET/);
    const literal = configOf(
      document({ accounts: [account({ keys: [{ accessKey: 'A', secret: plantedSecret }] })] }),
    );
    assert.match(describeConfig(literal), /secret: "\*\*\*"/);
  });

  it('never shows a planted secret: not here, nor in mistakes, warnings, JSON and inspection', () => {
    const places = fc.record({
      where: fc.constantFrom('key', 'admin', 'sts', 'redis'),
      broken: fc.boolean(),
      value: plantings,
    });
    fc.assert(
      fc.property(places, ({ where, broken, value }) => {
        const at = (place: string) => (where === place ? value : secret);
        const credentials = {
          type: 'sts',
          accessKeyId: 'A',
          accessKeySecret: at('sts'),
          securityToken: at('sts'),
        };
        const result = configFromDocument(
          {
            accounts: [
              account({
                keys: [{ accessKey: 'A', secret: at('key') }],
                instances: ['i'],
                gateway: { credentials },
              }),
            ],
            admin: { tokens: [{ name: 'a', token: at('admin'), role: 'read' }] },
            store: { type: 'redis', url: where === 'redis' ? value : secret2() },
            ...(broken && { deadline: 0 }),
          },
          { env: all },
        );
        const shown = [
          JSON.stringify(result),
          inspect(result, { depth: 20 }),
          result.ok ? describeConfig(result.config) : '',
        ];
        for (const text of shown) assert.ok(!text.includes(plantedSecret), text);
      }),
    );
  });

  it('reveals a literal secret to whoever asks for it', () => {
    const { config } = loaded(
      configFromDocument(document({ store: { type: 'redis', url: all.REDIS_URL } }), { env: all }),
    );
    assert.equal(config.store.type === 'redis' && config.store.url.reveal(), all.REDIS_URL);
  });
});

/** A secret where one belongs, and in the wrong shapes that people write it in. */
const plantings = fc.constantFrom<unknown>(
  plantedSecret,
  `redis://:${plantedSecret}@x`,
  `http://${plantedSecret}@x`,
  [plantedSecret],
  { [plantedSecret]: true },
  { value: plantedSecret },
  { env: plantedSecret },
  { env: 'NOPE', file: plantedSecret },
  { env: { name: plantedSecret } },
  { file: [plantedSecret] },
);
