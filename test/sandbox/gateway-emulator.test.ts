// The emulated gateway as the vendor's client and a raw socket see it.
import assert from 'node:assert/strict';
import { sandboxCredentials } from '../../src/sandbox/accounts.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { handClock, rawExchange, until, vendorClient, type GatewayFailureData } from './peers.ts';

const { instanceId: InstanceId } = sandboxCredentials;
const dayMs = 24 * 3_600_000;

describe('the emulated gateway', () => {
  let clock = handClock();
  let sandbox: Sandbox;
  let call: ReturnType<typeof vendorClient>;
  beforeEach(async () => {
    // The vendor's client signs with the real time.
    clock = handClock();
    sandbox = await startSandbox({ clock });
    call = vendorClient(sandbox.gateway.endpoint);
  });
  afterEach(() => sandbox.close());

  function applyQuery(changes: Record<string, string> = {}): Record<string, string> {
    const ExpireTime = String(clock() + 3_600_000);
    return { Actions: 'R,W', Resources: 'TopicA/+,TopicB/#', ExpireTime, InstanceId, ...changes };
  }
  async function failureOf(action: string, query: Record<string, string>): Promise<GatewayFailureData> {
    return call(action, query).then(
      () => assert.fail('the call succeeds'),
      (error: unknown) => error as GatewayFailureData,
    );
  }

  it('issues, confirms and revokes a token', async () => {
    const { Token, RequestId } = await call('ApplyToken', applyQuery());
    assert.match(String(Token), /^LzMT\+[A-Za-z0-9+/]{64}==$/);
    assert.match(String(RequestId), /^[0-9A-F-]{36}$/);
    const token = { Token: String(Token), InstanceId };
    assert.equal((await call('QueryToken', token))['TokenStatus'], true);
    assert.deepEqual(Object.keys(await call('RevokeToken', token)), ['RequestId']);
    assert.equal((await call('QueryToken', token))['TokenStatus'], false);
  });

  it('says false of a token that has expired', async () => {
    const { Token } = await call('ApplyToken', applyQuery());
    sandbox.gateway.setClockSkew(-3_600_000 - 1);
    clock.advance(3_600_001);
    assert.equal((await call('QueryToken', { Token: String(Token), InstanceId }))['TokenStatus'], false);
    clock.advance(-3_600_001);
  });

  it('cuts the expiry to thirty days without a word', async () => {
    const { Token } = await call('ApplyToken', applyQuery({ ExpireTime: String(clock() + 400 * dayMs) }));
    assert.equal(sandbox.book.find(String(Token))?.expiresAtMs, clock() + 30 * dayMs);
  });

  it('refuses wrong parameters with the documented codes', async () => {
    const hundredAndOne = Array.from({ length: 101 }, (_, index) => `t${1000 + index}`).join(',');
    const cases: [string, Record<string, string>, string][] = [
      ['ApplyToken', applyQuery({ Actions: 'W,R' }), 'InvalidParameter.Actions'],
      ['ApplyToken', applyQuery({ Resources: 'b,a' }), 'InvalidParameter.Resources'],
      ['ApplyToken', applyQuery({ Resources: 'a,' }), 'InvalidParameter.Resources'],
      ['ApplyToken', applyQuery({ Resources: hundredAndOne }), 'InvalidParameter.Resources'],
      ['ApplyToken', applyQuery({ ExpireTime: String(clock() + 59_999) }), 'InvalidParameter.ExpireTime'],
      ['ApplyToken', applyQuery({ ExpireTime: 'soon' }), 'InvalidParameter.ExpireTime'],
      ['ApplyToken', applyQuery({ InstanceId: 'post-cn-other' }), 'InstancePermissionCheckFailed'],
      ['ApplyToken', applyQuery({ InstanceId: '' }), 'MissingInstanceId'],
      ['QueryToken', { InstanceId }, 'MissingToken'],
      ['QueryToken', { InstanceId, Token: 'forged' }, 'InvalidParameter.Token'],
      ['RevokeToken', { InstanceId, Token: 'forged' }, 'InvalidParameter.Token'],
    ];
    for (const [action, query, code] of cases) {
      const failure = await failureOf(action, query);
      assert.deepEqual([failure.code, failure.statusCode], [code, 400]);
      assert.deepEqual(Object.keys(failure.data), ['RequestId', 'HostId', 'Code', 'Message', 'statusCode']);
    }
    assert.equal((await failureOf('DropInstance', {})).statusCode, 404);
  });

  it('does not know a token of another instance, account or issuer', async () => {
    await sandbox.close();
    const one = { name: 'one', keys: [{ accessKey: 'k1', secret: 's1' }], instances: ['i-1', 'i-2'] };
    const two = { name: 'two', keys: [{ accessKey: 'k2', secret: 's2' }], instances: ['i-3'] };
    sandbox = await startSandbox({ clock, accounts: [one, two] });
    call = vendorClient(sandbox.gateway.endpoint, { accessKeyId: 'k1', accessKeySecret: 's1' });
    const grant = {
      accessKeys: ['k1'],
      actions: 'R',
      resources: ['a'],
      expiresAtMs: clock() + dayMs,
    } as const;
    const foreign = [
      { ...grant, account: 'one', instanceId: 'i-2', issuer: 'gateway' },
      { ...grant, account: 'two', instanceId: 'i-1', issuer: 'gateway' },
      { ...grant, account: 'one', instanceId: 'i-1', issuer: 'legacy' },
    ] as const;
    for (const wanted of foreign) {
      const { token: Token } = sandbox.book.mint(wanted);
      assert.equal(
        (await failureOf('QueryToken', { Token, InstanceId: 'i-1' })).code,
        'InvalidParameter.Token',
      );
    }
  });

  it("answers an overflow code past the account's rate, and again in time", async () => {
    sandbox.gateway.setLimits({ perAccount: { ApplyToken: 2, QueryToken: 1, RevokeToken: 1 } });
    const { Token } = await call('ApplyToken', applyQuery());
    await call('ApplyToken', applyQuery());
    assert.equal((await failureOf('ApplyToken', applyQuery())).code, 'ApplyTokenOverFlow');
    const token = { Token: String(Token), InstanceId };
    await call('QueryToken', token);
    assert.equal((await failureOf('QueryToken', token)).code, 'Throttling.User');
    await call('RevokeToken', token);
    assert.equal((await failureOf('RevokeToken', token)).code, 'RevokeTokenOverFlow');
    clock.advance(1_000);
    await call('ApplyToken', applyQuery());
    const peak = sandbox.gateway.stats().peaks.perAccount.find(({ action }) => action === 'ApplyToken');
    assert.equal(peak?.peak, 3);
  });

  it('resets every call from an address that it has blocked, until the block is over', async () => {
    sandbox.gateway.setLimits({ perAddress: 2, blockMs: 10_000 });
    const request = 'POST /?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nx-acs-action: QueryToken\r\n\r\n';
    const answered = (text: string): boolean => text.includes('Code');
    const from = (address: string) => rawExchange(sandbox.gateway.port, request, answered, address);
    assert.equal((await from('127.0.0.1')).ended, 'left open');
    assert.equal((await from('127.0.0.1')).ended, 'left open');
    for (let call = 0; call < 3; call += 1) {
      assert.deepEqual(await from('127.0.0.1'), { text: '', ended: 'reset' });
    }
    assert.equal((await from('127.0.0.2')).ended, 'left open');
    assert.deepEqual(sandbox.gateway.stats().blocks, { count: 1, refused: 3, addresses: ['127.0.0.1'] });
    clock.advance(10_000);
    assert.equal((await from('127.0.0.1')).ended, 'left open');
  });

  it('cuts the idle connections of an address when it blocks it, and a control call lifts the block', async () => {
    sandbox.gateway.setLimits({ perAddress: 0 });
    const idle = rawExchange(sandbox.gateway.port, 'POST');
    await until(() => sandbox.gateway.stats().connections.open === 1);
    await assert.rejects(call('QueryToken', { InstanceId, Token: 'x' }));
    assert.equal((await idle).ended, 'reset');
    assert.equal(sandbox.gateway.stats().blocks.addresses.length, 1);
    const lifted = await fetch(`${sandbox.gateway.url}/_sandbox/block`, { method: 'DELETE' });
    assert.deepEqual(await lifted.json(), { count: 1, refused: 1, addresses: [] });
  });

  it('lists its last calls without secrets and with tokens hashed', async () => {
    const { Token } = await call('ApplyToken', applyQuery());
    await call('RevokeToken', { Token: String(Token), InstanceId });
    const stats = await (await fetch(`${sandbox.gateway.url}/_sandbox/stats`)).text();
    assert.equal(stats.includes(String(Token)), false);
    assert.equal(stats.includes(sandbox.secret), false);
    const [apply, revoke] = sandbox.gateway.stats().lastCalls;
    assert.equal(apply?.action, 'ApplyToken');
    assert.equal(apply.account, 'sandbox');
    assert.equal(apply.parameters['Resources'], 'TopicA/+,TopicB/#');
    assert.match(revoke?.parameters['Token'] ?? '', /^sha256:[0-9a-f]{12}$/);
    assert.deepEqual(sandbox.gateway.stats().byCode, { 'ApplyToken OK': 1, 'RevokeToken OK': 1 });
  });

  it('sends the time of its own clock, and refuses callers by it', async () => {
    const put = (path: string, body: string) =>
      fetch(`${sandbox.gateway.url}${path}`, { method: 'PUT', body });
    assert.equal((await put('/_sandbox/clock', '{"skewMs": 1200000}')).status, 200);
    assert.equal((await failureOf('ApplyToken', applyQuery())).code, 'InvalidTimeStamp.Expired');
    const { headers } = await fetch(sandbox.gateway.url, { method: 'POST' });
    const expectedMs = Math.floor((clock() + 1_200_000) / 1000) * 1000;
    assert.equal(Date.parse(headers.get('date') ?? ''), expectedMs);
    assert.equal((await put('/_sandbox/clock', '{"skewMs": "much"}')).status, 400);
  });

  it('takes limits over the control route and refuses nonsense', async () => {
    const put = (body: string) => fetch(`${sandbox.gateway.url}/_sandbox/limits`, { method: 'PUT', body });
    assert.equal((await put('{"perAccount": {"ApplyToken": 7}, "perAddress": null}')).status, 200);
    assert.equal(sandbox.gateway.limits().perAccount?.ApplyToken, 7);
    assert.equal(sandbox.gateway.limits().perAccount?.RevokeToken, 5);
    assert.equal(sandbox.gateway.limits().perAddress, null);
    for (const nonsense of ['{', '[]', '{"perAddress": -1}', '{"perAccount": {"Apply": 1}}', '{"x": 1}']) {
      assert.equal((await put(nonsense)).status, 400);
    }
  });
});
