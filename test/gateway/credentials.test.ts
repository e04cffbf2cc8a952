// Fixed and temporary credentials with a stand-in for the vendor's library; the clock is the test's own.
import assert from 'node:assert/strict';
import { createCredentials, CredentialsError } from '../../src/gateway/credentials.ts';
import type { Credentials, CredentialsFailure } from '../../src/gateway/credentials.ts';
import type { CredentialSource } from '../../src/gateway/refreshing.ts';
import { secretOf } from '../kit/secrets.ts';

const accessKeyId = 'LTAISANDBOX0001';
const planted = 'plantedSecret0123456789';
const noFailure = { now: () => 0, log: (failure: CredentialsFailure) => assert.fail(failure.message) };

describe('fixed credentials', () => {
  it('follow their secrets at once', async () => {
    const accessKeySecret = secretOf('old');
    const securityToken = secretOf('token-1');
    const credentials = createCredentials(
      { type: 'sts', accessKeyId, accessKeySecret, securityToken },
      noFailure,
    );
    assert.equal((await credentials.getCredential()).accessKeySecret, 'old');
    accessKeySecret.change('new');
    securityToken.change('token-2');
    const { accessKeySecret: secret, securityToken: token, ...rest } = await credentials.getCredential();
    assert.deepEqual([secret, token], ['new', 'token-2']);
    assert.deepEqual(rest, { type: 'sts', providerName: 'static_sts', accessKeyId });
  });

  it("are the caller's own key where nothing else is configured", async () => {
    const credentials = createCredentials(
      { type: 'caller', accessKeyId, accessKeySecret: secretOf('s') },
      noFailure,
    );
    assert.deepEqual(await credentials.getCredential(), {
      type: 'access_key',
      providerName: 'static_ak',
      accessKeyId,
      accessKeySecret: 's',
    });
  });

  it('are a failure when a secret is empty, cannot be sent or cannot be read', async () => {
    const unreadable = { reveal: () => assert.fail('no such file'), toJSON: () => '***' };
    for (const [id, secret, token] of [
      [accessKeyId, secretOf(''), secretOf('t')],
      [`${accessKeyId}\r\nx: y`, secretOf('s'), secretOf('t')],
      [accessKeyId, secretOf('s'), secretOf('t\n')],
      [accessKeyId, unreadable, secretOf('t')],
    ] as const) {
      const description = {
        type: 'sts',
        accessKeyId: id,
        accessKeySecret: secret,
        securityToken: token,
      } as const;
      const failure = await createCredentials(description, noFailure).warm();
      assert.equal(failure?.class, 'fault');
    }
  });
});

describe('temporary credentials', () => {
  let clockMs = 0;
  let builds = 0;
  let fetches = 0;
  let answer: (nth: number) => ReturnType<CredentialSource['getCredential']>;
  let logged: CredentialsFailure[] = [];
  const accessKeySecret = secretOf(planted);

  const session = (nth: number) => ({
    accessKeyId: `STS.${nth}`,
    accessKeySecret: `secret-${nth}`,
    securityToken: `token-${nth}`,
    type: 'ram_role_arn',
    providerName: 'ram_role_arn/static_ak',
  });
  const build = (): CredentialSource => {
    builds += 1;
    return { getCredential: () => answer((fetches += 1)) };
  };
  const role = () =>
    createCredentials(
      { type: 'ram_role_arn', accessKeyId, accessKeySecret, roleArn: 'acs:ram::1:role/x' },
      { now: () => clockMs, log: (failure) => logged.push(failure), build },
    );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const idOf = async (credentials: Credentials) => (await credentials.getCredential()).accessKeyId;
  const fail = (text: string) => () => Promise.reject(new Error(text));

  beforeEach(() => {
    [clockMs, builds, fetches, logged] = [0, 0, 0, []];
    accessKeySecret.change(planted);
    answer = (nth) => Promise.resolve(session(nth));
  });

  it('are fetched once for 50 cold calls', async () => {
    const credentials = role();
    assert.equal(builds, 0, 'nothing is built before it is needed');
    const ids = await Promise.all(Array.from({ length: 50 }, () => idOf(credentials)));
    assert.deepEqual([new Set(ids).size, fetches, builds], [1, 1, 1]);
  });

  it('are kept for 30 s, then served stale while one fetch runs', async () => {
    const credentials = role();
    assert.equal(await credentials.warm(), undefined);
    clockMs = 29_999;
    assert.equal(await idOf(credentials), 'STS.1');
    assert.equal(fetches, 1);
    clockMs = 30_000;
    assert.deepEqual(await Promise.all([idOf(credentials), idOf(credentials)]), ['STS.1', 'STS.1']);
    await settle();
    assert.equal(await idOf(credentials), 'STS.2');
    assert.deepEqual([fetches, builds], [2, 1]);
  });

  it('serve up to 10 minutes while fetching fails, tried once a second with a new object', async () => {
    const credentials = role();
    await credentials.warm();
    answer = fail('connect ECONNREFUSED');
    clockMs = 599_000;
    assert.equal(await idOf(credentials), 'STS.1');
    await settle();
    assert.equal(await idOf(credentials), 'STS.1');
    await settle();
    assert.deepEqual([fetches, logged.length], [2, 1]);
    clockMs = 600_000;
    await assert.rejects(credentials.getCredential(), CredentialsError);
    answer = (nth) => Promise.resolve(session(nth));
    clockMs = 601_000;
    assert.equal(await idOf(credentials), `STS.${fetches}`);
    assert.equal(builds, 3);
  });

  it('are fetched with a rotated secret', async () => {
    const credentials = role();
    await credentials.warm();
    accessKeySecret.change('rotated');
    clockMs = 30_000;
    await credentials.warm();
    await settle();
    assert.equal(builds, 2);
  });

  it('are fetched anew once the gateway has called them expired', async () => {
    const credentials = role();
    await credentials.warm();
    credentials.distrust();
    assert.equal(await idOf(credentials), 'STS.1', 'no storm of fetches while each call is refused');
    clockMs = 1_000;
    credentials.distrust();
    assert.equal(await idOf(credentials), 'STS.2');
  });

  for (const [text, expectedClass, code] of [
    ['refresh session token failed: {"Code":"NoPermission","Message":"no"}', 'denied', 'NoPermission'],
    [
      'refresh session token failed: {"Code": "InvalidParameter.RoleArn"}',
      'denied',
      'InvalidParameter.RoleArn',
    ],
    ['refresh session token failed: {"Code":"Throttling.User"}', 'throttled', 'Throttling.User'],
    ['refresh session token failed: {"Code":"InternalError"}', 'fault', 'InternalError'],
    ['the access key secret is invalid', 'denied', 'SignatureDoesNotMatch'],
    [`POST https://sts.example/?Signature=abc&k=${planted} failed`, 'fault', 'CredentialsUnavailable'],
  ] as const) {
    it(`are ${expectedClass} with ${code}, told without secrets`, async () => {
      answer = fail(text);
      const failure = await role().warm();
      assert.deepEqual([failure?.class, failure?.code], [expectedClass, code]);
      assert.ok(!/https:|planted|Signature=abc/.test(failure?.message ?? ''), failure?.message);
    });
  }

  it('are a failure when the library gives half of them, or cannot be built', async () => {
    answer = () => Promise.resolve({ accessKeyId: 'STS.1', accessKeySecret: '' });
    assert.equal((await role().warm())?.code, 'InvalidCredentials');
    const broken = { now: () => 0, log: () => undefined, build: () => assert.fail('the RoleArn is empty') };
    assert.equal((await createCredentials({ type: 'default' }, broken).warm())?.class, 'fault');
  });
});
