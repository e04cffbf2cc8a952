// `/api/shadow` as the description of the admin API has it: its path, its schema, an example.
import type { Example, Operation, Schema } from './document.ts';
import { count, flag, instant, list, object, scope, text } from './parts.ts';
import { ok, refusals } from './responses.ts';

const outcome = { enum: ['ok', 'rejected', 'denied', 'throttled', 'fault'] };
const ms: Schema = { type: 'number', minimum: 0, description: 'ms' };

const quantiles: Schema = {
  type: ['object', 'null'],
  properties: { p50Ms: ms, p99Ms: ms },
  required: ['p50Ms', 'p99Ms'],
  description: 'Of the last 1,000 calls that both sides answered; null without any.',
};

const code: Schema = { type: 'integer', description: 'Of the old protocol.' };

const mismatch = object(
  {
    at: instant,
    account: { type: 'string' },
    operation: { enum: ['apply', 'query'] },
    requestId: text('The `x-request-id` of the call, as in the log.'),
    instanceId: text('Absent where none is known.'),
    bucket: { ...count, maximum: 9_999, description: 'Of the split; absent for a query.' },
    legacy: {
      ...object({ outcome, code, durationMs: ms }),
      description: 'What the old service answered: the client has this answer.',
    },
    gateway: {
      ...object(
        {
          by: {
            enum: ['gateway', 'proxy'],
            description: '`proxy`: this server would refuse the call itself; the gateway was not asked.',
          },
          outcome,
          code,
          durationMs: ms,
          gatewayCode: text("The gateway's `Code`."),
          gatewayRequestId: text("The gateway's `RequestId`."),
        },
        ['durationMs', 'gatewayCode', 'gatewayRequestId'],
      ),
      description: 'What the client would have got without the old service.',
    },
    why: text('What differs, for people.'),
    parameters: {
      ...object(
        {
          resources: { ...list({ type: 'string' }), maxItems: 20 },
          moreResources: { ...count, description: 'Topics that are not shown.' },
          actions: list({ type: 'string' }),
          expireTime: text('What the client asked for; ISO 8601 where it is a time.'),
        },
        ['resources', 'moreResources', 'actions', 'expireTime'],
      ),
      description: 'Of an apply, as the client sent it; masked.',
    },
  },
  ['instanceId', 'bucket'],
);

export const shadowSchema = object({
  percent: { type: 'number', minimum: 0, maximum: 100, description: 'Of `shadow.percent`.' },
  verify: flag('Of `shadow.verify`: tokens are queried too.'),
  counts: {
    ...object({ match: count, mismatch: count, error: count, dropped: count }),
    description:
      'Since the start of this replica. `error`: the gateway was asked in vain; `dropped`: it was not asked, for want of room.',
  },
  waiting: { ...count, description: 'Calls that are still to be tried.' },
  durations: object({ legacy: quantiles, gateway: quantiles }),
  mismatches: {
    ...list(mismatch, 'Newest first, of one account at most 20.'),
    maxItems: 100,
  },
  scope,
});

const example = {
  summary: 'One topic that the RAM policy does not cover',
  value: {
    percent: 10,
    verify: true,
    counts: { match: 412, mismatch: 1, error: 0, dropped: 3 },
    waiting: 0,
    durations: { legacy: { p50Ms: 11.2, p99Ms: 40.1 }, gateway: { p50Ms: 18.9, p99Ms: 77.4 } },
    mismatches: [
      {
        at: '2026-11-20T08:14:58.030Z',
        account: 'shop',
        operation: 'apply',
        requestId: '0b6e3ad2-3c3b-4f0e-9f43-0f6f0b1b8d1e',
        instanceId: 'post-cn-0pp12gl0001',
        bucket: 1234,
        legacy: { outcome: 'ok', code: 200, durationMs: 12.3 },
        gateway: {
          by: 'gateway',
          outcome: 'denied',
          code: 409,
          durationMs: 20.1,
          gatewayCode: 'PermissionCheckFailed',
          gatewayRequestId: '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
        },
        why: 'the gateway refuses what the old service grants: PermissionCheckFailed: not allowed on the topic (RequestId 3F2504E0-4F89-11D3-9A0C-0305E82C3301)',
        parameters: { resources: ['TopicA'], actions: ['R'], expireTime: '2026-11-20T09:14:58.000Z' },
      },
    ],
    scope: 'replica',
  },
} as const satisfies Example;

export const shadowPath = {
  get: {
    operationId: 'getShadow',
    summary: "What trying the old service's calls at the gateway too has shown",
    description: 'Of this replica, since its start. Holds no token, signature or secret.',
    responses: { '200': ok('Counts and the last mismatches.', 'Shadow', example), ...refusals },
  },
} as const satisfies { readonly get: Operation };
