// What the tests of explain share: a configuration, a request as a client signs it, and a look for what must not be shown.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { explain, type Explanation } from '../../src/app/explain.ts';
import { configFromDocument } from '../../src/config/load.ts';
import type { Operation } from '../../src/legacy/operations.ts';
import type { RawRequest } from '../../src/legacy/read.ts';
import { form, urlencoded } from '../kit/legacy-wire.ts';

export const accessKey = 'LTAISANDBOX0001';
export const secret = 'sandboxSecret0123456789abcdefgh';
export const otherKey = 'LTAIOTHERKEY02';
export const otherSecret = 'planted-other-secret-98765';
export const instanceId = 'post-cn-0pp12gl0001';
export const nowMs = 1_790_000_000_000;
export const token = 'LzMT+XLFl5s/YWJ/MlDz4t/Lq5HC1iGU1P28HAMaxYxn8aQbALNtml7QZKl9L9kPe6Lq==';

const loaded = configFromDocument({
  accounts: [
    {
      name: 'shop',
      keys: [{ accessKey, secret }],
      instances: [instanceId, { id: 'post-sg-2', regionId: 'ap-southeast-1' }],
    },
    {
      name: 'farm',
      keys: [{ accessKey: otherKey, secret: otherSecret }],
      gateway: { credentials: { type: 'default' } },
      instances: ['post-farm'],
    },
  ],
  store: { type: 'memory' },
});
assert.ok(loaded.ok);
const { config } = loaded;

export const mac = (
  text: string | Buffer,
  key = secret,
  algorithm = 'sha1',
  encoding: 'base64' | 'hex' = 'base64',
) => createHmac(algorithm, key).update(text).digest(encoding);

export const fields = {
  actions: 'R,W',
  resources: 'TopicA/+,TopicB/#',
  expireTime: '1790003600000',
  serviceName: 'mq',
  proxyType: 'MQTT',
  instanceId,
};

/** What the documentation wants signed. */
export function textOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([name]) => !['accessKey', 'proxyType', 'signature'].includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function sent(
  values: Readonly<Record<string, string>>,
  signature: string,
  key = accessKey,
): RawRequest {
  return form(urlencoded([...Object.entries(values), ['accessKey', key], ['signature', signature]]));
}

/** Explains, and makes sure that nothing came out that must stay inside. */
export async function told(request: RawRequest, operation: Operation = 'apply'): Promise<Explanation> {
  const explanation = await explain(operation, request, { config, nowMs });
  const text = JSON.stringify(explanation);
  for (const hidden of [secret, otherSecret, token, mac(textOf(fields)), mac(`token=${token}`)]) {
    assert.ok(!text.includes(JSON.stringify(hidden).slice(1, -1)), `${hidden} is shown`);
  }
  return explanation;
}
