// Our request against the stock library's for the same call, and both against an independent check of the signature.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createCredentials } from '../../src/gateway/credentials.ts';
import type { GatewayAction } from '../../src/gateway/gateway.ts';
import { queryOf } from '../../src/gateway/query.ts';
import { SignedClient } from '../../src/gateway/signed-client.ts';
import { createTransport } from '../../src/gateway/transport.ts';
import type { Transport } from '../../src/gateway/transport.ts';
import { queryPairs, signatureVerifies } from '../kit/acs3-check.ts';
import type { SignedRequest } from '../kit/acs3-check.ts';
import { secretOf } from '../kit/secrets.ts';
import { vendorClient } from '../sandbox/peers.ts';

const accessKeyId = 'LTAISANDBOX0001';
const accessKeySecret = 'sandboxSecret0123456789abcdefgh';
const securityToken = 'CAIS+sts/token==';
/** Values differ from call to call, or belong to the connection. */
const volatile = ['x-acs-date', 'x-acs-signature-nonce', 'authorization'];
const connectionLevel = ['connection', 'content-length', 'transfer-encoding', 'keep-alive'];

describe('a request to the gateway', () => {
  const recorded: SignedRequest[] = [];
  let server: http.Server;
  let transport: Transport;
  let endpoint = '';

  before(async () => {
    server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        recorded.push({
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body,
        });
        response.end('{"RequestId":"r"}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    transport = createTransport();
  });

  after(async () => {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const ours = async (
    action: GatewayAction,
    query: Record<string, string>,
    sts: boolean,
  ): Promise<SignedRequest> => {
    const common = { accessKeyId, accessKeySecret: secretOf(accessKeySecret) };
    const credentials = createCredentials(
      sts
        ? { type: 'sts', ...common, securityToken: secretOf(securityToken) }
        : { type: 'access_key', ...common },
      { now: Date.now, log: () => undefined },
    );
    const client = new SignedClient({ endpoint, protocol: 'http', credentials, transport });
    const names = Object.keys(query).sort();
    await client.ask(
      action,
      queryOf(
        names,
        names.map((name) => query[name] ?? ''),
      ),
      { timeoutMs: 5_000 },
    );
    return last();
  };

  const stock = async (
    action: GatewayAction,
    query: Record<string, string>,
    sts: boolean,
  ): Promise<SignedRequest> => {
    const keys = { accessKeyId, accessKeySecret };
    await vendorClient(endpoint, sts ? { ...keys, securityToken } : keys)(action, query);
    return last();
  };

  const last = (): SignedRequest => {
    const request = recorded.at(-1);
    assert.ok(request);
    return request;
  };

  const comparable = ({ method, url, headers, body }: SignedRequest) => ({
    method,
    path: url.split('?')[0],
    pairs: queryPairs(url),
    body,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !connectionLevel.includes(name) && name !== 'user-agent')
        .map(([name, value]) => [name, volatile.includes(name) ? shapeOf(String(value)) : value]),
    ),
  });

  const shapeOf = (value: string): string => value.replace(/[0-9a-f]{32,}/, '<hex>').replace(/\d+/g, '0');

  const shapes = {
    'plain values': {
      Actions: 'R',
      Resources: 'TopicA',
      ExpireTime: '1893456000000',
      InstanceId: 'post-cn-1',
    },
    'Chinese topics': { Actions: 'R,W', Resources: '设备/上行,设备/下行', InstanceId: 'post-cn-1' },
    wildcards: { Resources: 'TopicA/+,TopicB/#' },
    'every mark that encoders disagree on': {
      Resources: `a*b~c d"e'f(g)h!i%j&k=l+m/n?o:p@q$r,s;t\\u[v]{w}|x`,
    },
    'characters beyond the basic plane': { Resources: '🙂/\u00e9/\u0000x' },
    'a token': {
      Token: 'LzMT+XLFl5s/YWJ/MlDz4t/Lq5HC1iGU1P28HAMaxYxn8aQbALNtml7QZKl9L9kPe6Lq==',
      InstanceId: 'i',
    },
    'an empty value': { Resources: '', InstanceId: 'i' },
  };

  for (const sts of [false, true]) {
    for (const [what, query] of Object.entries(shapes)) {
      it(`equals the stock library's for ${what} with ${sts ? 'STS' : 'an access key'}`, async () => {
        const theirs = await stock('ApplyToken', query, sts);
        const mine = await ours('ApplyToken', query, sts);
        assert.deepEqual(comparable(mine), comparable(theirs));
        assert.ok(signatureVerifies(theirs, accessKeySecret), 'the stock signature verifies');
        assert.ok(signatureVerifies(mine, accessKeySecret), 'our signature verifies');
        assert.ok(!signatureVerifies(mine, `${accessKeySecret}x`), 'no other secret verifies');
      });
    }
  }

  it('says whose it is', async () => {
    const { headers } = await ours('QueryToken', shapes['a token'], false);
    assert.match(String(headers['user-agent']), /^token-proxy \([a-z0-9]+; [a-z0-9]+\) Node\.js\/v\d/);
  });

  it('carries a signature that verifies for any well-formed values', async () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(value, value, async (Resources, InstanceId) => {
        const request = await ours('QueryToken', { Resources, InstanceId }, false);
        assert.ok(signatureVerifies(request, accessKeySecret));
      }),
      { numRuns: 100 },
    );
  });

  it('has a fresh nonce each time', async () => {
    const nonces = new Set<unknown>();
    for (let call = 0; call < 5; call += 1) {
      nonces.add((await ours('QueryToken', { InstanceId: 'i' }, false)).headers['x-acs-signature-nonce']);
    }
    assert.equal(nonces.size, 5);
  });
});
