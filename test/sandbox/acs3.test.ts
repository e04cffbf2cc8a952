// The verifier against what the vendor's client really signs, and against every way to tamper with it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import fc from 'fast-check';
import { AccountBook, defaultAccount } from '../../src/sandbox/accounts.ts';
import { verifyAcs3, type Acs3Verdict, type SignedRequest } from '../../src/sandbox/acs3.ts';
import { listenOnLoopback } from '../../src/sandbox/listen.ts';
import { NonceMemory } from '../../src/sandbox/nonce-memory.ts';
import { vendorClient } from './peers.ts';

const stsKey = {
  accessKey: 'STS.temporary',
  secret: 'temporarySecret',
  securityToken: 'the+security/token==',
  securityTokenExpiresAtMs: 4e12,
};
const accounts = new AccountBook([{ ...defaultAccount, keys: [...defaultAccount.keys, stsKey] }]);

interface Overrides {
  readonly nowMs?: number;
  readonly nonces?: NonceMemory;
  readonly accounts?: AccountBook;
}

function judge(request: SignedRequest, overrides: Overrides = {}): Acs3Verdict {
  const known = overrides.accounts ?? accounts;
  return verifyAcs3(request, {
    find: (accessKey) => known.find(accessKey),
    nowMs: overrides.nowMs ?? Date.now(),
    nonces: overrides.nonces ?? new NonceMemory(),
    version: '2020-04-20',
    actions: ['ApplyToken'],
  });
}

function codeOf(verdict: Acs3Verdict): string {
  return verdict.genuine ? 'genuine' : verdict.code;
}

function withHeader(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  const rawHeaders: string[] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [known = '', given = ''] = request.rawHeaders.slice(at, at + 2);
    if (known.toLowerCase() !== name) rawHeaders.push(known, given);
  }
  return { ...request, rawHeaders: value === undefined ? rawHeaders : [...rawHeaders, name, value] };
}

function headerOf(request: SignedRequest, name: string): string {
  const at = request.rawHeaders.findIndex((known, index) => index % 2 === 0 && known.toLowerCase() === name);
  return request.rawHeaders[at + 1] ?? '';
}

describe('verifyAcs3', () => {
  let lastRequest: SignedRequest;
  let call: ReturnType<typeof vendorClient>;
  let callWithSts: ReturnType<typeof vendorClient>;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: target = '', rawHeaders } = request;
      lastRequest = { method, target, rawHeaders, body: Buffer.concat(chunks) };
      response.end('{}');
    });
  });
  before(async () => {
    const endpoint = `127.0.0.1:${await listenOnLoopback(server, 0)}`;
    call = vendorClient(endpoint);
    const { accessKey: accessKeyId, secret: accessKeySecret, securityToken } = stsKey;
    callWithSts = vendorClient(endpoint, { accessKeyId, accessKeySecret, securityToken });
  });
  after((done) => {
    server.close(done);
    server.closeAllConnections();
  });

  async function captured(query: Record<string, string> = { Token: 'a+b/c==', Topics: 'é 设备/+,*~' }) {
    await call('ApplyToken', query);
    return lastRequest;
  }

  it("accepts what the vendor's client signs, whatever the values", async () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/);
    const value = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { noNullPrototype: true }), async (query) => {
        const verdict = judge(await captured(query));
        assert.equal(codeOf(verdict), 'genuine');
        const read = verdict.genuine ? verdict.parameters.map((pair) => [pair.name, pair.value]) : [];
        assert.deepEqual(Object.fromEntries(read), query);
      }),
      { numRuns: 150 },
    );
  });

  it('names the caller and the action of a genuine request', async () => {
    const verdict = judge(await captured());
    assert.equal(verdict.genuine && verdict.owner.account.name, 'sandbox');
    assert.equal(verdict.genuine && verdict.action, 'ApplyToken');
  });

  it('refuses a request of which any signed part was changed', async () => {
    const request = await captured();
    const authorization = headerOf(request, 'authorization');
    const lastDigit = authorization.endsWith('0') ? '1' : '0';
    const tampered: Record<string, SignedRequest> = {
      method: { ...request, method: 'GET' },
      path: { ...request, target: request.target.replace('/?', '/x?') },
      'a value': { ...request, target: request.target.replace('a%2Bb', 'a%2Bc') },
      'another parameter': { ...request, target: `${request.target}&More=1` },
      'a broken escape': { ...request, target: `${request.target}&More=%zz` },
      body: { ...request, body: Buffer.from('x') },
      'body hash': withHeader(request, 'x-acs-content-sha256', '0'.repeat(64)),
      host: withHeader(request, 'host', 'elsewhere'),
      nonce: withHeader(request, 'x-acs-signature-nonce', 'another'),
      date: withHeader(request, 'x-acs-date', `${new Date(Date.now() - 5_000).toISOString().slice(0, 19)}Z`),
      'an unsigned x-acs header': withHeader(request, 'x-acs-extra', '1'),
      'an unsigned content type': withHeader(request, 'content-type', 'text/plain'),
      'a header twice': { ...request, rawHeaders: [...request.rawHeaders, 'x-acs-action', 'ApplyToken'] },
      signature: withHeader(request, 'authorization', authorization.slice(0, -1) + lastDigit),
      'list of signed names': withHeader(request, 'authorization', authorization.replace('host;', '')),
      'unreadable authorization': withHeader(request, 'authorization', 'Bearer x'),
    };
    const verdicts = Object.entries(tampered).map(([part, changed]) => [part, codeOf(judge(changed))]);
    assert.deepEqual(
      verdicts,
      Object.keys(tampered).map((part) => [part, 'SignatureDoesNotMatch']),
    );
  });

  it('says which header is missing', async () => {
    const request = await captured();
    const names = {
      authorization: 'MissingAuthorization',
      'x-acs-action': 'MissingAction',
      'x-acs-version': 'MissingVersion',
      'x-acs-date': 'MissingTimestamp',
      'x-acs-signature-nonce': 'MissingSignatureNonce',
      'x-acs-content-sha256': 'MissingContentSha256',
    };
    for (const [name, code] of Object.entries(names)) {
      assert.equal(codeOf(judge(withHeader(request, name, undefined))), code);
    }
  });

  it('refuses another version and an unknown action', async () => {
    await call('ApplyToken', {}, '2019-01-01');
    assert.equal(codeOf(judge(lastRequest)), 'ApiNotSupport');
    await call('DropInstance', {});
    assert.equal(codeOf(judge(lastRequest)), 'ApiNotSupport');
  });

  it('refuses a date more than fifteen minutes away, in both directions', async () => {
    const request = await captured();
    const signedMs = Date.parse(headerOf(request, 'x-acs-date'));
    const limitMs = 15 * 60_000;
    assert.equal(codeOf(judge(request, { nowMs: signedMs + limitMs })), 'genuine');
    assert.equal(codeOf(judge(request, { nowMs: signedMs + limitMs + 1 })), 'InvalidTimeStamp.Expired');
    assert.equal(codeOf(judge(request, { nowMs: signedMs - limitMs - 1 })), 'InvalidTimeStamp.Expired');
  });

  it('refuses a nonce that was used, and only a genuine request uses one up', async () => {
    const request = await captured();
    const nonces = new NonceMemory();
    assert.equal(codeOf(judge({ ...request, body: Buffer.from('x') }, { nonces })), 'SignatureDoesNotMatch');
    assert.equal(codeOf(judge(request, { nonces })), 'genuine');
    assert.equal(codeOf(judge(request, { nonces })), 'SignatureNonceUsed');
  });

  it('refuses an unknown key and a wrong secret with different codes', async () => {
    const request = await captured();
    assert.equal(codeOf(judge(request, { accounts: new AccountBook([]) })), 'InvalidAccessKeyId.NotFound');
    const other = { ...defaultAccount, keys: [{ accessKey: 'LTAISANDBOX0001', secret: 'other' }] };
    assert.equal(codeOf(judge(request, { accounts: new AccountBook([other]) })), 'SignatureDoesNotMatch');
  });

  it('wants the security token of a temporary key, and no other', async () => {
    await callWithSts('ApplyToken', {});
    const request = lastRequest;
    assert.equal(codeOf(judge(request)), 'genuine');
    assert.equal(
      codeOf(judge(withHeader(request, 'x-acs-security-token', undefined))),
      'MissingSecurityToken',
    );
    const mismatch = 'InvalidSecurityToken.MismatchWithAccessKey';
    assert.equal(codeOf(judge(withHeader(request, 'x-acs-security-token', 'other'))), mismatch);
    assert.equal(codeOf(judge(withHeader(await captured(), 'x-acs-security-token', 'any'))), mismatch);
    const expired = new AccountBook([
      { ...defaultAccount, keys: [{ ...stsKey, securityTokenExpiresAtMs: 1 }] },
    ]);
    assert.equal(codeOf(judge(request, { accounts: expired })), 'InvalidSecurityToken.Expired');
  });
});

describe('NonceMemory', () => {
  it('forgets a nonce after half an hour, and the oldest when it is full', () => {
    const nonces = new NonceMemory(2);
    assert.equal(nonces.use('a', 0), true);
    assert.equal(nonces.use('a', 1_800_000), false);
    assert.equal(nonces.use('a', 1_800_001), true);
    nonces.use('b', 1_800_001);
    nonces.use('c', 1_800_001);
    assert.equal(nonces.use('c', 1_800_001), false);
    assert.equal(nonces.use('a', 1_800_001), true);
  });
});
