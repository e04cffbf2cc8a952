// What the admin API answers and takes, as JSON Schema. Objects are open: later releases add properties.
import type { Schema } from './document.ts';
import { breakers, quotas } from './backend-state.ts';
import { explanation } from './explanation.ts';
import { evidence, rolloutSchemas, shortRollout, warnings } from './rollout.ts';
import { readiness } from './readiness-schema.ts';
import { shadowSchema } from './shadow.ts';
import { callEvent, timeline } from './live.ts';
import {
  count,
  flag,
  instant,
  list,
  object,
  observedPercent,
  percent,
  scope,
  splitProblem,
  text,
} from './parts.ts';

const error = object({
  error: object({ message: text('What is wrong and what would be right, for people.') }),
});

const status = object({
  version: text('Version of the program.'),
  startedAt: instant,
  uptimeSeconds: count,
  ready: flag('Configuration loaded, listeners open, not draining.'),
  visitor: {
    ...object({ name: { type: 'string' }, role: { enum: ['read', 'write'] } }),
    description: 'Who asks: the name of the admin token and what it may; `admin` where none are configured.',
  },
  backends: object(
    {
      legacy: {
        ...object({ url: { type: 'string', format: 'uri' } }),
        description: 'Absent where there is no old service.',
      },
      gateway: object({ url: { type: 'string', format: 'uri' } }),
    },
    ['legacy'],
  ),
  split: object(
    {
      gatewayPercent: percent,
      forced: flag('Everything goes to the old service, above every override.'),
      version: count,
      problem: splitProblem,
      observedPercent,
      scope,
      observedScope: scope,
    },
    ['problem'],
  ),
  store: object(
    {
      kind: { enum: ['memory', 'lmdb', 'redis'] },
      up: { type: 'boolean' },
      problem: text('What is wrong; absent while nothing is.'),
      errors: { ...count, description: 'Reads and writes that failed since the start.' },
      waiting: { ...count, description: 'Records in memory until the store takes them.' },
      givenUp: { ...count, description: 'Records given up since the start, as too many were waiting.' },
      scope,
    },
    ['problem'],
  ),
  ledger: object({ tokens: { ...count, description: 'Records of issued tokens.' }, scope }),
  quotas,
  breakers,
  rollout: shortRollout,
});

const split = object(
  {
    gatewayPercent: percent,
    forced: flag('Everything goes to the old service, above every override, until the weight is set again.'),
    accounts: list(
      object({ account: { type: 'string' }, gatewayPercent: percent }),
      'Weights of single accounts set at run time; each wins over the overrides.',
    ),
    overrides: list(
      object({ account: { type: 'string' }, instanceId: { type: 'string' }, gatewayPercent: percent }, [
        'account',
        'instanceId',
      ]),
      'Of the configuration file; the first that matches wins.',
    ),
    observedPercent,
    key: list({ type: 'string' }, 'What stays together: the fields that are hashed to a bucket.'),
    version: { ...count, description: 'Rises by one with each change.' },
    changedAt: { ...instant, description: 'When the last change was; absent when there was none.' },
    problem: splitProblem,
    hasOldService: flag('Without an old service nothing can be split, and orders are answered with 409.'),
    scope,
    observedScope: scope,
  },
  ['changedAt', 'problem'],
);

const orderedSplit: Schema = {
  ...split,
  properties: { ...split.properties, warnings },
  required: [...(split.required ?? []), 'warnings'],
};

const splitOrder: Schema = {
  ...object(
    {
      gatewayPercent: {
        ...percent,
        type: ['number', 'null'],
        description:
          'At most two decimals; null, with account, gives the account back to overrides and weight.',
      },
      account: text('Sets the weight of this configured account only.'),
      reason: { ...text('Why, on one line, for the history.'), maxLength: 500 },
      all: flag('true with gatewayPercent 0: everything back to the old service, above every override.'),
    },
    ['account', 'reason', 'all'],
  ),
  additionalProperties: false,
};

const weight: Schema = {
  type: ['number', 'null'],
  description: 'Percent; null where an account had, or has, no weight of its own.',
};

const change = object(
  {
    when: instant,
    who: text('Name of the admin token, `admin` where no tokens are configured, `file` or `rollout`.'),
    why: { type: ['string', 'null'], description: 'The reason that was given.' },
    what: text('`weight`, `account`, `all-back`, `file`, or `rollout-…`: what was ordered, or came about.'),
    account: text('The account that was concerned; absent where all were.'),
    from: weight,
    to: weight,
    version: { ...count, description: 'Of the split, or of the rollout, after the change.' },
    state: text('Of the rollout, after the change.'),
    step: { ...count, description: 'Of the rollout, counted from 1.' },
    evidence: { ...evidence, description: 'What the rollout went by.' },
  },
  ['account', 'state', 'step', 'evidence'],
);

const callers = object({
  scope,
  forgotten: { ...count, description: 'Callers that had to leave the list to make room.' },
  callers: {
    ...list(
      object({
        account: { type: ['string', 'null'], description: 'null for a key that is not configured.' },
        clientAddress: { type: 'string' },
        userAgent: { ...text('Empty when the client sent none.'), maxLength: 200 },
        firstSeen: instant,
        lastSeen: instant,
        calls: {
          ...object({ legacy: count, gateway: count, none: count }),
          description: 'By the backend that answered.',
        },
      }),
      'Last seen first.',
    ),
    maxItems: 2000,
  },
});

const explainRequest: Schema = {
  ...object(
    {
      request: { ...text('A query string, a form body, a URL or a curl command.'), minLength: 1 },
      operation: { enum: ['apply', 'revoke', 'query'], description: 'Wins over what the request says.' },
    },
    ['operation'],
  ),
  additionalProperties: false,
};

export const schemas = {
  Error: error,
  Status: status,
  Split: split,
  OrderedSplit: orderedSplit,
  SplitOrder: splitOrder,
  History: list(change, 'Newest first.'),
  Callers: callers,
  Readiness: readiness,
  Shadow: shadowSchema,
  CallEvent: callEvent,
  Timeline: timeline,
  ExplainRequest: explainRequest,
  Explanation: explanation,
  ...rolloutSchemas,
} as const satisfies Record<string, Schema>;
