// Schema of `store`: where tokens issued, split and rollout state are kept; lmdb unless the type says otherwise.
import { z } from 'zod';
import type { StoreConfig } from './config.ts';
import { secretSchema, type SchemaContext } from './schema-secret.ts';
import { byForm, must, section } from './schema-section.ts';
import { choice, text } from './schema-values.ts';

export function storeSchema(context: SchemaContext) {
  const lmdb = section({
    type: z.literal('lmdb').default('lmdb'),
    path: text('the path of a directory').default('./data').transform(context.resolvePath),
  });
  const redis = section({
    type: z.literal('redis'),
    url: secretSchema(context, redisUrlProblem),
    prefix: text('a prefix for keys').default('tokenproxy'),
    whenDown: choice(['degrade', 'refuse']).default('degrade'),
  });
  const memory = section({ type: z.literal('memory') });
  const unknownType = z.looseObject({ type: z.never({ error: must('lmdb, redis or memory') }) });
  return byForm<StoreConfig>((value): z.ZodType<StoreConfig> => {
    switch (typeOf(value)) {
      case undefined:
      case 'lmdb':
        return lmdb;
      case 'redis':
        return redis;
      case 'memory':
        return memory;
      default:
        return unknownType;
    }
  }).prefault({});
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}

function redisUrlProblem(value: string): string | undefined {
  return /^rediss?:\/\/\S+$/.test(value) && URL.canParse(value)
    ? undefined
    : 'must be a URL such as rediss://cache.example.com:6379';
}
