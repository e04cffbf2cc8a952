// The description of `/api/readiness`, with an example of one account that is blocked.
import type { Example, Paths } from './document.ts';
import { failure, ok, refusals } from './responses.ts';

const quiet = { callsPerSecond: 0, limit: 90, longestWaitMs: 0 };

const example = {
  summary: 'One account, whose secret is wrong',
  value: {
    since: '2026-11-19T08:15:00.000Z',
    scope: 'replica',
    address: {
      verdict: 'ready',
      blockers: [],
      notes: [],
      peak: {
        apply: { callsPerSecond: 120, limit: 270, longestWaitMs: 0 },
        query: { ...quiet, limit: 270 },
        revoke: { ...quiet, limit: 270 },
      },
    },
    accounts: [
      {
        account: 'shop',
        verdict: 'blocked',
        blockers: [
          {
            kind: 'signature',
            detail:
              'the old service accepts signatures of LTAIEXAMPLE0001 that are wrong here (apply): its configured secret is not what the clients sign with',
            count: 211,
            lastSeen: '2026-11-20T08:14:59.120Z',
          },
        ],
        notes: ['bursts of apply calls (120 in a second, 90/s pass) would wait up to 0.4 s for their turn'],
        peak: {
          apply: { callsPerSecond: 120, limit: 90, longestWaitMs: 400 },
          query: quiet,
          revoke: { ...quiet, limit: 4 },
        },
        calls: { apply: 81_300, query: 12, revoke: 0 },
      },
    ],
  },
} as const satisfies Example;

export const readinessPath = {
  get: {
    operationId: 'getReadiness',
    summary: 'Which accounts could be served by the gateway alone, and what speaks against the others',
    description:
      'Judged by the calls of the last 24 hours. What depends on a configuration that has changed since does not count any more.',
    parameters: [
      {
        name: 'since',
        in: 'query',
        description: 'Leaves out what was last seen before: a time (ISO 8601), or a duration such as `15m`.',
        schema: { type: 'string' },
      },
    ],
    responses: {
      '200': ok('The verdict on every account, and on the address.', 'Readiness', example),
      '400': failure(
        'The time is none.',
        'No time',
        'since must be a time such as 2026-11-20T08:00:00Z, not in the future, or a duration such as 15m or 2h',
      ),
      ...refusals,
    },
  },
} as const satisfies Paths[`/api/${string}`];
