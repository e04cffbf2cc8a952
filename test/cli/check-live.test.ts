import assert from 'node:assert/strict';
import { runLiveCheck } from '../../src/cli/check-live.ts';
import { mqttAddress } from '../../src/cli/live-mqtt.ts';
import { configFromDocument } from '../../src/config/load.ts';
import type { Gateway, GatewayFailure } from '../../src/gateway/gateway.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/world.ts';
import { Sink } from './terminal.ts';

const token = 'planted-live-token-0123456789';

function configOf(accounts: readonly object[], endpoint = '127.0.0.1:1') {
  const loaded = configFromDocument({
    accounts,
    backends: { gateway: { endpoint, protocol: 'http' } },
    store: { type: 'memory' },
  });
  assert.ok(loaded.ok);
  return loaded.config;
}

const account = (name: string, keys: readonly string[], instances: readonly string[], more: object = {}) => ({
  name,
  keys: keys.map((accessKey) => ({ accessKey, secret: 'planted-secret-012345' })),
  instances,
  ...more,
});

/** A gateway that knows one token, with answers of a test's choice, and the calls that it got. */
function fakeGateway(answers: Partial<Gateway>, calls: string[]): Gateway {
  let revoked = false;
  const ok = <Value>(value: Value) => ({ class: 'ok', value, requestId: 'R' }) as const;
  const gateway: Gateway = {
    apply: () => Promise.resolve(ok({ token })),
    query: () => Promise.resolve(ok({ valid: !revoked })),
    revoke: () => {
      revoked = true;
      return Promise.resolve(ok({}));
    },
    close: () => Promise.resolve(),
    ...answers,
  };
  const counted = <Name extends 'apply' | 'query' | 'revoke'>(name: Name): Gateway[Name] =>
    ((...args: Parameters<Gateway[Name]>) => {
      calls.push(name);
      return (gateway[name] as (...all: Parameters<Gateway[Name]>) => unknown)(...args);
    }) as Gateway[Name];
  return { ...gateway, apply: counted('apply'), query: counted('query'), revoke: counted('revoke') };
}

function failure(code: string, more: Partial<GatewayFailure> = {}): GatewayFailure {
  return { class: 'rejected', cause: 'answered', code, message: 'm', requestId: 'REQ', ...more };
}

async function check(
  accounts: readonly object[],
  answers: Partial<Gateway> = {},
  more: Partial<Parameters<typeof runLiveCheck>[0]> = {},
) {
  const [out, calls, waits] = [new Sink(), [] as string[], [] as number[]];
  const well = await runLiveCheck({
    config: configOf(accounts),
    out,
    makeGateway: () => fakeGateway(answers, calls),
    makeVendor: () => () => Promise.resolve({ kind: 'failed' }),
    wait: (ms) => Promise.resolve(void waits.push(ms)),
    ...more,
  });
  assert.doesNotMatch(out.text, /planted/);
  return { well, text: out.text, calls, waits };
}

const shop = account('shop', ['LTAI1'], ['post-1']);

describe('the live check', () => {
  it('says what it will bill, then applies, queries, revokes and queries again', async () => {
    const { well, text, calls } = await check([shop]);
    assert.equal(well, true);
    assert.deepEqual(calls, ['apply', 'query', 'revoke', 'query']);
    assert.match(
      text,
      /^This calls the gateway with 1 ApplyToken, 2 QueryToken and 1 RevokeToken\. .*billed/,
    );
    assert.match(text, /refuses an ApplyToken, the vendor's own client sends it once more, and revokes/);
    assert.match(text, /All well\.\n$/);
  });

  it('asks before it calls, and calls nothing when told not to', async () => {
    const { well, text, calls } = await check([shop], {}, { confirm: () => Promise.resolve(false) });
    assert.deepEqual([well, calls], [false, []]);
    assert.match(text, /billed[^]*Nothing was called/);
  });

  it('checks every key with its own credentials, and an account’s credentials once', async () => {
    const own = { gateway: { credentials: { type: 'default' } } };
    const callers = await check([account('a', ['K1', 'K2'], ['post-1', 'post-2'])]);
    assert.equal(callers.calls.filter((call) => call === 'apply').length, 4);
    const shared = await check([account('a', ['K1', 'K2'], ['post-1', 'post-2'], own)]);
    assert.equal(shared.calls.filter((call) => call === 'apply').length, 2);
  });

  it('stays under four revocations a second', async () => {
    const { waits } = await check([account('a', ['K1'], ['post-1', 'post-2', 'post-3'])]);
    assert.deepEqual(waits, [250, 250]);
  });

  it('checks only the account that is named', async () => {
    const accounts = [shop, account('farm', ['LTAI2'], ['post-9'])];
    const { text, calls } = await check(accounts, {}, { account: 'farm' });
    assert.equal(calls.length, 4);
    assert.doesNotMatch(text, /shop/);
    assert.equal((await check(accounts, {}, { account: 'nobody' })).well, false);
  });

  it('says that an account without instances is not checked, and is not content with nothing', async () => {
    const { well, text, calls } = await check([account('bare', ['LTAI1'], [])]);
    assert.deepEqual([well, calls], [false, []]);
    assert.match(text, /account bare: not checked/);
  });

  it('ends between two instances when asked to', async () => {
    const { well, text, calls } = await check([shop], {}, { stop: AbortSignal.abort() });
    assert.deepEqual([well, calls], [false, []]);
    assert.match(text, /Interrupted/);
  });

  const advice: readonly (readonly [failure: GatewayFailure, expected: RegExp])[] = [
    [failure('NoPermission', { class: 'denied' }), /ram-policy/],
    [failure('PermissionCheckFailed', { class: 'denied' }), /topic is missing: see token-proxy ram-policy/],
    [failure('InvalidTimeStamp.Expired', { class: 'denied' }), /clock/],
    [failure('SignatureDoesNotMatch', { class: 'denied' }), /secret of this access key is wrong/],
    [failure('InvalidParameter.ExpireTime'), /Correct this machine's clock/],
    [failure('InvalidParameter.InstanceId'), /does not know this instance/],
    [failure('Throttling.User', { class: 'throttled' }), /quota/],
    [failure('ConnectionRefused', { class: 'fault', cause: 'unconnected' }), /reaches the endpoint/],
    [
      failure('Unheard', { class: 'denied', message: 'address 203.0.113.9 refused' }),
      /named by the gateway: 203\.0\.113\.9/,
    ],
  ];
  for (const [failed, expected] of advice) {
    it(`says what to do about ${failed.code}`, async () => {
      const { well, text, calls } = await check([shop], { apply: () => Promise.resolve(failed) });
      assert.deepEqual([well, calls], [false, ['apply']]);
      assert.match(text, /apply +FAILED: .*RequestId REQ/);
      assert.match(text, expected);
    });
  }

  it('revokes even when the query fails', async () => {
    const query = () => Promise.resolve(failure('InternalError', { class: 'fault' }));
    const { well, calls } = await check([shop], { query });
    assert.equal(well, false);
    assert.ok(calls.includes('revoke'));
  });

  it('notices a token that survives its revocation, and one that is never valid', async () => {
    const always = (valid: boolean) => () =>
      Promise.resolve({ class: 'ok', value: { valid }, requestId: 'R' } as const);
    assert.match((await check([shop], { query: always(true) })).text, /FAILED: the token is still valid/);
    assert.match((await check([shop], { query: always(false) })).text, /FAILED: the gateway calls its own/);
  });

  it('refuses an MQTT address that is none', async () => {
    const { well, calls } = await check([shop], {}, { mqttHost: 'http://h' });
    assert.deepEqual([well, calls], [false, []]);
  });
});

describe('the live check against the sandbox', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox();
  });
  after(() => sandbox.close());

  const config = (secret: string) =>
    configOf(
      [
        {
          name: 'sandbox',
          keys: [{ accessKey: sandbox.accessKey, secret }],
          instances: [sandbox.instanceId],
        },
      ],
      sandbox.gateway.endpoint,
    );

  it('is content with all steps, MQTT included, and tells the clock', async () => {
    const out = new Sink();
    const well = await runLiveCheck({ config: config(sandbox.secret), out, mqttHost: sandbox.broker.url });
    assert.equal(well, true, out.text);
    assert.match(out.text, /mqtt connect +ok/);
    assert.match(out.text, /Clock: the gateway's/);
    assert.equal(sandbox.broker.stats().admitted, 1);
    assert.ok(!out.text.includes(sandbox.secret));
  });

  const applied = (): number => sandbox.gateway.stats().byAction['ApplyToken'] ?? 0;

  it("says that the secret is wrong, and that the vendor's own client is refused alike", async () => {
    const [out, before] = [new Sink(), applied()];
    assert.equal(await runLiveCheck({ config: config('another-secret-0123'), out }), false);
    assert.match(out.text, /The secret of this access key is wrong/);
    assert.match(
      out.text,
      /second opinion +.* refused alike \(SignatureDoesNotMatch, RequestId [0-9A-F-]+\)/,
    );
    assert.equal(applied() - before, 2);
    assert.ok(!out.text.includes('another-secret'));
  });

  it("calls it a defect of the proxy where only the vendor's own client is served", async () => {
    const revoked: string[] = [];
    const end = sandbox.book.onRevoked((issued) => revoked.push(issued.token));
    const out = new Sink();
    const well = await runLiveCheck({
      config: config(sandbox.secret),
      out,
      makeGateway: () =>
        fakeGateway(
          { apply: () => Promise.resolve(failure('SignatureDoesNotMatch', { class: 'denied' })) },
          [],
        ),
    });
    assert.equal(well, false);
    assert.match(
      out.text,
      /is served: this is a defect of token-proxy, please report it\n.*its token is revoked/,
    );
    end();
    assert.equal(revoked.length, 1);
    assert.ok(
      revoked.every((issued) => !out.text.includes(issued)),
      out.text,
    );
    assert.ok(!out.text.includes(sandbox.secret));
  });

  it('asks nobody else when it is interrupted while the gateway refuses', async () => {
    const [out, before, interrupt] = [new Sink(), applied(), new AbortController()];
    const makeGateway = () =>
      fakeGateway(
        {
          apply: () => {
            interrupt.abort();
            return Promise.resolve(failure('SignatureDoesNotMatch', { class: 'denied' }));
          },
        },
        [],
      );
    const options = { config: config(sandbox.secret), out, makeGateway, stop: interrupt.signal };
    assert.equal(await runLiveCheck(options), false);
    assert.equal(applied() - before, 0);
    assert.doesNotMatch(out.text, /second opinion/);
  });

  it('does not ask twice where the first call is served', async () => {
    const [out, before] = [new Sink(), applied()];
    assert.equal(await runLiveCheck({ config: config(sandbox.secret), out }), true, out.text);
    assert.equal(applied() - before, 1);
    assert.doesNotMatch(out.text, /second opinion/);
  });

  it('tells a refusal of the broker from one of the gateway', async () => {
    const out = new Sink();
    const well = await runLiveCheck({ config: config(sandbox.secret), out, mqttHost: '127.0.0.1:1' });
    assert.equal(well, false);
    assert.match(out.text, /mqtt connect +FAILED: mqtt:\/\/127\.0\.0\.1:1: no connection \(ECONNREFUSED\)/);
    assert.match(out.text, /query after revoke +ok/);
  });
});

describe('the address of a broker', () => {
  const cases = [
    ['broker', 'mqtt://broker:1883'],
    ['broker:1884', 'mqtt://broker:1884'],
    ['mqtts://broker', 'mqtts://broker:8883'],
    ['mqtt://[::1]:1', 'mqtt://[::1]:1'],
    ['ws://broker', null],
    ['broker/path', null],
    ['a:b@broker', null],
    ['', null],
  ] as const;
  for (const [text, expected] of cases) {
    it(`takes ${JSON.stringify(text)} as ${expected ?? 'none'}`, () =>
      assert.equal(mqttAddress(text), expected));
  }
});
