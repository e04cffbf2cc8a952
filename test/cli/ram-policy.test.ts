import assert from 'node:assert/strict';
import { folder, tokenProxy } from './terminal.ts';

const secret = 'planted-secret-0123456789';
const shop = '{name: shop, keys: [{accessKey: LTAI1, secret: {env: SHOP}}], instances: [post-1, post-2]}';
const farm = '{name: farm, keys: [{accessKey: LTAI2, secret: {env: SHOP}}]}';

describe('token-proxy ram-policy', () => {
  const write = folder();
  const configOf = (...accounts: string[]) =>
    write(`${accounts.length}.yaml`, `accounts: [${accounts.join(', ')}]\nstore: {type: memory}\n`);
  const ramPolicy = (file: string, ...more: string[]) =>
    tokenProxy(['ram-policy', '--config', file, ...more], { env: { SHOP: secret } });

  it('prints the plain policy of a single account', async () => {
    const { code, out, err } = await ramPolicy(configOf(shop));
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), {
      Version: '1',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['mq:MqttInstanceAccess'],
          Resource: ['acs:mq:*:*:instance/post-1', 'acs:mq:*:*:instance/post-2'],
        },
        {
          Effect: 'Allow',
          Action: ['mq:ApplyToken'],
          Resource: [
            'acs:mq:*:*:instance/post-1',
            'acs:mq:*:*:instance/post-2',
            'acs:mq:*:*:topic/post-1/*',
            'acs:mq:*:*:topic/post-2/*',
          ],
        },
        { Effect: 'Allow', Action: ['mq:RevokeToken', 'mq:QueryToken'], Resource: ['acs:mq:*:*:*'] },
      ],
    });
    assert.match(err, /not verified/);
    assert.match(err, /RAM user of LTAI1/);
    assert.ok(!`${out}${err}`.includes(secret));
  });

  it('narrows the topics', async () => {
    const { out } = await ramPolicy(configOf(shop), '--topics', 'a, b');
    assert.match(out, /topic\/post-1\/a"[^]*topic\/post-1\/b"[^]*topic\/post-2\/a"/);
    assert.doesNotMatch(out, /topic\/post-1\/\*/);
  });

  it('prints one policy for each of several accounts, by name', async () => {
    const { out } = await ramPolicy(configOf(shop, farm));
    const policies: unknown = JSON.parse(out);
    assert.deepEqual(Object.keys(policies as object), ['shop', 'farm']);
  });

  it('picks one account, and says so where it lists no instances', async () => {
    const { out, err } = await ramPolicy(configOf(shop, farm), '--account', 'farm');
    assert.match(out, /"Version": "1"/);
    assert.match(out, /acs:mq:\*:\*:instance\/\*/);
    assert.match(err, /farm lists no instances/);
  });

  it('exits with 1 for an account that is not configured', async () => {
    const { code, out, err } = await ramPolicy(configOf(shop), '--account', 'shp');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /no account "shp" is configured; there are: shop/);
  });

  it('exits with 2 for wrong usage', async () => {
    assert.equal((await ramPolicy(configOf(shop), '--wonder')).code, 2);
    assert.equal((await ramPolicy(configOf(shop), 'more')).code, 2);
    assert.equal((await ramPolicy(configOf(shop), '--topics', 'a,,b')).code, 2);
    assert.equal((await tokenProxy(['ram-policy'])).code, 2);
  });

  it('has an example in its help', async () => {
    assert.match(
      (await tokenProxy(['ram-policy', '--help'])).out,
      /Example:\n {2}token-proxy ram-policy --config/,
    );
  });
});
