import assert from 'node:assert/strict';
import { signedForm } from '../../src/cli/old-client.ts';
import { folder, tokenProxy } from './terminal.ts';

const secret = 'planted-secret-0123456789';
const token = 'planted+token/0123456789==';

describe('token-proxy explain', () => {
  const write = folder();
  const file = write(
    'proxy.yaml',
    'accounts: [{name: shop, keys: [{accessKey: LTAI1, secret: {env: SHOP}}], instances: [post-1]}]\nstore: {type: memory}\n',
  );
  const explain = (stdin: string, ...more: string[]) =>
    tokenProxy(['explain', '--config', file, ...more], { stdin, env: { SHOP: secret } });
  const fields = { actions: 'R', resources: 'A/+', expireTime: String(Date.now() + 3_600_000) };
  const good = signedForm('apply', fields, 'LTAI1', secret);

  it('exits with 0 for a call that would be carried out, and tells the gateway call', async () => {
    const { code, out, err } = await explain(`curl localhost/token/apply -d '${good}'`);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /reading: documented fields, values as sent: matches/);
    assert.match(out, /ApplyToken at https:\/\/onsmqtt\.cn-hangzhou\.aliyuncs\.com/);
    assert.match(out, /gateway, reason only-backend/);
    assert.match(out, /would be carried out/);
    assert.ok(!out.includes(secret));
  });

  it('exits with 1 for a call that would be refused, and names the likely cause', async () => {
    const { code, out, err } = await explain(good.replace('%2B', '+'));
    assert.deepEqual([code, err], [1, '']);
    assert.match(out, /Likely causes\n {2}- resources arrived with a space/);
    assert.match(out, /would be refused with code 407/);
  });

  it('prints JSON without secret, signature and token', async () => {
    const request = signedForm('query', { token }, 'LTAI1', secret);
    const { code, out } = await explain(request, '--json');
    assert.equal(code, 0);
    assert.equal(out.trim().split('\n').length, 1);
    const told: unknown = JSON.parse(out);
    assert.ok(typeof told === 'object' && told !== null && 'operation' in told && told.operation === 'query');
    const signature = new URLSearchParams(request).get('signature');
    for (const hidden of [secret, token, signature ?? '']) assert.ok(!out.includes(hidden));
  });

  it('takes the operation from --operation', async () => {
    const { out } = await explain(signedForm('revoke', { token }, 'LTAI1', secret), '--operation', 'revoke');
    assert.match(out, /^Operation\n {2}revoke\n/);
    assert.match(out, /RevokeToken/);
    assert.ok(!out.includes(token));
  });

  it('does not let a pasted request steer the terminal', async () => {
    const { out } = await explain('actions=R&resources=%1b%5b2J&accessKey=LTAI1&signature=x');
    assert.ok(!out.includes('\u001b'));
  });

  it('exits with 1 when standard input is no request, or the configuration is broken', async () => {
    const { code, err } = await explain('');
    assert.equal(code, 1);
    assert.match(err, /error: there is no request/);
    const broken = await tokenProxy(['explain', '--config', write('broken.yaml', 'wonder: 1\n')]);
    assert.equal(broken.code, 1);
    assert.match(broken.err, /wonder/);
  });

  it('exits with 2 for unknown options, operations and excess arguments', async () => {
    assert.equal((await explain(good, '--wonder')).code, 2);
    assert.equal((await explain(good, '--operation', 'mint')).code, 2);
    assert.equal((await explain(good, 'more')).code, 2);
    assert.equal((await tokenProxy(['explain'])).code, 2);
  });

  it('has an example in its help', async () => {
    const { code, out } = await tokenProxy(['explain', '--help']);
    assert.equal(code, 0);
    assert.match(out, /Examples:\n {2}token-proxy explain --config proxy\.yaml/);
  });
});
