// Schema of `accounts`: keys, instances, credentials towards the gateway, quotas of their own.
// What concerns several accounts at once is in cross-checks.ts.
import type { z } from 'zod';
import { credentialsSchema } from './schema-credentials.ts';
import { secretSchema, type SchemaContext } from './schema-secret.ts';
import { byForm, list, must, section } from './schema-section.ts';
import { accessKey, instanceId, legacyUrl, name, rate, regionId } from './schema-values.ts';

/** An instance as written: the region may be left to `backends.gateway.regionId`. */
export interface WrittenInstance {
  readonly id: string;
  readonly regionId?: string | undefined;
}

const instanceMapping: z.ZodType<WrittenInstance> = section({
  id: instanceId,
  regionId: regionId.optional(),
});
const instanceText: z.ZodType<WrittenInstance> = instanceId.transform((id) => ({ id }));

const instances = list(
  byForm<WrittenInstance>((value) => (typeof value === 'string' ? instanceText : instanceMapping)),
  'instance ids, or of mappings with id and regionId',
).default([]);

export function accountsSchema(context: SchemaContext) {
  const keys = list(
    section({ accessKey, secret: secretSchema(context) }),
    'keys, each with accessKey and secret',
  ).min(1, { error: () => 'must hold at least one key: {accessKey: …, secret: {env: …}}' });
  const account = section({
    name: name.refine((value) => value !== 'other', {
      error: must('another name: `other` is what metrics call the accounts beyond their limit'),
    }),
    keys,
    instances,
    gateway: section({ credentials: credentialsSchema(context) }).prefault({}),
    limits: section({ apply: rate.optional(), query: rate.optional(), revoke: rate.optional() }).prefault({}),
    legacyUrl: legacyUrl.optional(),
  });
  return list(account, 'accounts').default([]);
}
