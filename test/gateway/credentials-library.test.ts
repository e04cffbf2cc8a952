// Temporary credentials with the vendor's real library, through its own stub hook and the environment: no network.
import assert from 'node:assert/strict';
import { credentialLibrary } from '../../src/gateway/alicloud.ts';
import { createCredentials } from '../../src/gateway/credentials.ts';
import { secretOf } from '../kit/secrets.ts';

const { default: CredentialLibrary, Config: CredentialConfig } = credentialLibrary();
const accessKeyId = 'LTAISANDBOX0001';
const planted = 'plantedSecret0123456789';

describe("temporary credentials from the vendor's library", () => {
  const variables = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'HOME'] as const;
  const saved = new Map(variables.map((name) => [name, process.env[name]]));
  afterEach(() => {
    for (const [name, value] of saved) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it('come from the environment by the default chain, also after it has failed as a whole', async () => {
    let clockMs = 0;
    process.env['HOME'] = '/nonexistent';
    for (const name of variables.slice(0, 2)) Reflect.deleteProperty(process.env, name);
    const credentials = createCredentials({ type: 'default' }, { now: () => clockMs, log: () => undefined });
    assert.equal((await credentials.warm())?.code, 'CredentialsUnavailable');
    process.env['ALIBABA_CLOUD_ACCESS_KEY_ID'] = accessKeyId;
    process.env['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] = planted;
    clockMs = 1_000;
    const { accessKeyId: id, accessKeySecret: secret } = await credentials.getCredential();
    assert.deepEqual([id, secret], [accessKeyId, planted]);
  });

  it('come from the token service for a role', async () => {
    const library = new CredentialLibrary(
      new CredentialConfig({
        type: 'ram_role_arn',
        accessKeyId,
        accessKeySecret: planted,
        roleArn: 'acs:ram::1:role/x',
      }),
    );
    // The library's own hook for stubs.
    Reflect.set(Reflect.get(library.credential, 'provider'), 'doRequest', () =>
      Promise.resolve({
        statusCode: 200,
        headers: {},
        body: Buffer.from(
          JSON.stringify({
            Credentials: {
              AccessKeyId: 'STS.real',
              AccessKeySecret: 's',
              SecurityToken: 't',
              Expiration: '2099-01-01T00:00:00Z',
            },
          }),
        ),
      }),
    );
    const credentials = createCredentials(
      { type: 'ram_role_arn', accessKeyId, accessKeySecret: secretOf(planted), roleArn: 'acs:ram::1:role/x' },
      { now: () => 0, log: ({ message }) => assert.fail(message), build: () => library },
    );
    assert.deepEqual(
      { ...(await credentials.getCredential()) },
      {
        accessKeyId: 'STS.real',
        accessKeySecret: 's',
        securityToken: 't',
        type: 'ram_role_arn',
        providerName: 'ram_role_arn/static_ak',
      },
    );
  });
});
