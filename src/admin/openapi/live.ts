// The two routes behind the console's live figures in the description of the admin API: the stream of calls, the timeline.
import type { Paths, Schema } from './document.ts';
import { count, instant, list, object, observedPercent, percent, scope, text } from './parts.ts';
import { failure, ok, refusals } from './responses.ts';

const backend = { enum: ['legacy', 'gateway', 'none'] };
const outcome = { enum: ['ok', 'rejected', 'denied', 'throttled', 'fault'] };
const durationMs: Schema = { type: 'number', minimum: 0, description: 'Milliseconds.' };
const percentileMs: Schema = {
  type: ['number', 'null'],
  minimum: 0,
  description: 'Milliseconds, right to about 10 %; null without calls.',
};
const rate: Schema = { type: 'number', minimum: 0, description: 'Calls per second.' };

export const callEvent = object(
  {
    at: instant,
    requestId: { type: 'string' },
    route: { enum: ['apply', 'revoke', 'query'] },
    account: text('Absent for a key that is not configured.'),
    instanceId: { type: 'string' },
    bucket: { type: 'integer', minimum: 0, maximum: 9999 },
    gatewayPercent: percent,
    backend,
    reason: text('Why that backend was asked first.'),
    fallbackFrom: outcome,
    reused: { enum: ['live', 'shared'] },
    outcome,
    code: {
      type: ['integer', 'string'],
      description: 'Of the old protocol; `unreadable` where there is none.',
    },
    durationMs,
    client: text('Address.'),
    userAgent: { type: 'string', maxLength: 200 },
    gatewayCode: { type: 'string' },
    gatewayRequestId: { type: 'string' },
    cause: { type: 'string' },
    message: text('What the client was told, of an answer that is the proxy’s own.'),
    parameters: {
      type: 'object',
      additionalProperties: true,
      description: 'As they would go to the gateway, tokens masked.',
    },
  },
  [
    'account',
    'instanceId',
    'bucket',
    'gatewayPercent',
    'reason',
    'fallbackFrom',
    'reused',
    'userAgent',
    'gatewayCode',
    'gatewayRequestId',
    'cause',
    'message',
  ],
);

const figures = {
  ok: count,
  rejected: count,
  denied: count,
  throttled: count,
  fault: count,
  p50Ms: percentileMs,
  p99Ms: percentileMs,
};
const pointOf = (perBackend: Schema) => ({
  at: instant,
  gatewayPercent: percent,
  observedPercent,
  backends: object({ legacy: perBackend, gateway: perBackend, none: perBackend }),
});

export const timeline = object({
  stepSeconds: count,
  points: { ...list(object(pointOf(object(figures))), 'Whole steps, oldest first.'), maxItems: 360 },
  now: {
    ...object({ ...pointOf(object({ ...figures, callsPerSecond: rate })), callsPerSecond: rate }),
    description: 'The last ten seconds.',
  },
  scope,
});

const quiet = { ok: 0, rejected: 0, denied: 0, throttled: 0, fault: 0, p50Ms: null, p99Ms: null };
const legacy = { ...quiet, ok: 150, p50Ms: 6.2, p99Ms: 21 };
const gateway = { ...quiet, ok: 49, throttled: 1, p50Ms: 14, p99Ms: 48 };

const timelineExample = {
  summary: 'One step',
  value: {
    stepSeconds: 10,
    points: [
      {
        at: '2026-11-20T08:14:50.000Z',
        gatewayPercent: 25,
        observedPercent: 25,
        backends: { legacy, gateway, none: quiet },
      },
    ],
    now: {
      at: '2026-11-20T08:14:59.000Z',
      gatewayPercent: 25,
      observedPercent: 25,
      callsPerSecond: 20,
      backends: {
        legacy: { ...legacy, callsPerSecond: 15 },
        gateway: { ...gateway, callsPerSecond: 5 },
        none: { ...quiet, callsPerSecond: 0 },
      },
    },
    scope: 'replica',
  },
};

const callExample = {
  summary: 'An apply call that the gateway served',
  value: {
    at: '2026-11-20T08:14:58.030Z',
    requestId: '0f8e9a51-3b5e-4f0c-9f0e-3f7d5d1c2b4a',
    route: 'apply',
    account: 'shop',
    instanceId: 'post-cn-0pp12gl0001',
    bucket: 1234,
    gatewayPercent: 25,
    backend: 'gateway',
    reason: 'weight',
    outcome: 'ok',
    code: 200,
    durationMs: 14.2,
    client: '192.0.2.7',
    userAgent: 'Apache-HttpClient/4.5.2 (Java/1.8.0_292)',
    parameters: { actions: 'R', resources: ['orders/1'], expireTime: '2026-11-20T09:14:58.000Z' },
  },
};

export const livePaths = {
  '/api/calls': {
    get: {
      operationId: 'watchCalls',
      summary: 'The answered calls as they come, as server-sent events',
      description:
        'Events `call`; `dropped` with `{"count": …}` where the reader was too slow; `end` when the server stops or after ten minutes: ask again then. ' +
        'Calls of this replica only. Shows no secret, signature or token.',
      responses: {
        '200': {
          description: 'Events until the reader leaves.',
          content: {
            'text/event-stream': {
              schema: { $ref: '#/components/schemas/CallEvent' },
              examples: { example: callExample },
            },
          },
        },
        '503': failure(
          'Twenty watch already, or the server is stopping.',
          'Too many',
          'too many watch the calls already, or the server is stopping: close a console, or try again later',
        ),
        ...refusals,
      },
    },
  },
  '/api/timeline': {
    get: {
      operationId: 'getTimeline',
      summary: 'The last hour of this replica in steps of ten seconds, and the last ten seconds',
      parameters: [
        {
          name: 'points',
          in: 'query',
          description: 'How many of the newest steps.',
          schema: { type: 'integer', minimum: 0, maximum: 360, default: 360 },
        },
      ],
      responses: {
        '200': ok('The timeline.', 'Timeline', timelineExample),
        '400': failure('The number is none.', 'No number', 'points must be a whole number from 0 to 360'),
        ...refusals,
      },
    },
  },
} as const satisfies Paths;
