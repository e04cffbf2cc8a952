// Schema of who serves a call and how that moves: `split`, `reuse`, `shadow`, `rollout`.
import { z } from 'zod';
import { list, must, mustUnseen, section } from './schema-section.ts';
import {
  choice,
  duration,
  flag,
  instanceId,
  name,
  percent,
  percentAboveZero,
  wholeNumber,
} from './schema-values.ts';

const keyFields = ['account', 'instanceId', 'resources', 'clientAddress', 'request'] as const;

const key = list(choice(keyFields), 'fields that stay together')
  .min(1, { error: must(`a list with at least one of ${keyFields.join(', ')}`) })
  .refine((fields) => new Set(fields).size === fields.length, { error: () => 'names a field twice' })
  .refine((fields) => fields.length < 2 || !fields.includes('request'), {
    error: () => '`request` must stand alone: it means that nothing stays together',
  })
  .default(['account', 'instanceId', 'resources']);

export const split = section({
  gatewayPercent: percent.optional(),
  key,
  overrides: list(
    section({ account: name.optional(), instanceId: instanceId.optional(), gatewayPercent: percent }),
    'overrides, each with account or instanceId or both, and gatewayPercent',
  ).default([]),
  fallback: section({
    on: list(choice(['fault', 'throttled', 'denied']), 'fault, throttled and denied').default(['fault']),
    budgetPercent: percent.default(20),
    both: flag.default(false),
  }).prefault({}),
  unknownAccounts: choice(['legacy', 'reject']).default('legacy'),
}).prefault({});

export const reuse = section({
  enabled: flag.default(false),
  tolerance: duration('zero').prefault('1m'),
}).prefault({});

export const shadow = section({ percent: percent.default(0), verify: flag.default(false) }).prefault({});

const hold = z.union([z.literal('manual'), duration('zero')], {
  error: must('a duration such as 10m, or manual'),
});

export const rollout = section({
  steps: list(section({ gatewayPercent: percent, hold: hold.optional() }), 'steps')
    .min(1, { error: mustUnseen('a list with at least one step') })
    .prefault([
      { gatewayPercent: 1, hold: '10m' },
      { gatewayPercent: 5, hold: '10m' },
      { gatewayPercent: 25, hold: '30m' },
      { gatewayPercent: 50, hold: 'manual' },
      { gatewayPercent: 100 },
    ]),
  abortWhen: section({
    errorPercent: percentAboveZero.default(2),
    minRequests: wholeNumber(1, 1_000_000).default(50),
  }).prefault({}),
  coolDown: duration('zero').prefault('10m'),
}).prefault({});
