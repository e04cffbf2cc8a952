// The whole document, key by key in the order of SPEC section 3, with the defaults that it documents.
// Each key is judged by itself here; what concerns several keys is in cross-checks.ts.
import { z } from 'zod';
import { accountsSchema } from './schema-accounts.ts';
import { backends, breaker, limits } from './schema-backends.ts';
import { addressRanges, adminSchema, listenSchema } from './schema-listeners.ts';
import type { SchemaContext } from './schema-secret.ts';
import { must, section } from './schema-section.ts';
import { reuse, rollout, shadow, split } from './schema-split.ts';
import { storeSchema } from './schema-store.ts';
import { choice, date, duration, flag, wholeNumber } from './schema-values.ts';

/** The document as read: defaults filled in, durations in ms, secrets opened. */
export type ReadDocument = z.output<DocumentSchema>;

export type DocumentSchema = ReturnType<typeof documentSchema>;

/** The schema of one load: secrets are opened through the context while the document is read. */
export function documentSchema(context: SchemaContext) {
  return section({
    listen: listenSchema(context),
    trustProxy: addressRanges,
    allowFrom: addressRanges,
    admin: adminSchema(context),
    accounts: accountsSchema(context),
    backends,
    split,
    deadline: duration('above zero').prefault('4500ms'),
    limits,
    reuse,
    breaker,
    shadow,
    rollout,
    store: storeSchema(context),
    drain: section({ delay: duration('zero').prefault('0s') }).prefault({}),
    reload: section({ watch: flag.default(false) }).prefault({}),
    answers: section({
      failureStatus: z.literal([200, 'mirror'], { error: must('200 or mirror') }).default(200),
    }).prefault({}),
    headers: section({ deprecation: flag.default(true), sunset: date.optional() }).prefault({}),
    metrics: section({ accounts: wholeNumber(0, 10_000).default(20) }).prefault({}),
    log: section({
      level: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      format: choice(['json', 'pretty']).default('json'),
    }).prefault({}),
  });
}
