// What `/api/readiness` answers, as JSON Schema.
import type { Schema } from './document.ts';
import { count, instant, list, object, scope, text } from './parts.ts';

const peak = object({
  callsPerSecond: { ...count, description: 'Most calls in any second, whoever served them.' },
  limit: {
    type: 'number',
    minimum: 0,
    description: 'Calls that the quota lets pass in a second, less the headroom.',
  },
  longestWaitMs: { ...count, description: 'How long a call would have waited for its turn at the gateway.' },
});

const judged = {
  verdict: { enum: ['ready', 'blocked'] },
  blockers: list(
    object(
      {
        kind: {
          enum: [
            'no-calls',
            'quota',
            'signature',
            'shadow',
            'refused-parameters',
            'permission',
            'unknown-instance',
          ],
        },
        detail: text('What would happen to clients, and what to do about it.'),
        count: { ...count, description: 'How often it was seen, or would have happened.' },
        lastSeen: instant,
      },
      ['lastSeen'],
    ),
    'What would hurt clients if the gateway alone served them; empty when ready.',
  ),
  notes: list({ type: 'string' }, 'Worth knowing, and no reason to wait.'),
  peak: object({ apply: peak, query: peak, revoke: peak }),
} as const satisfies Record<string, Schema>;

export const readiness = object(
  {
    since: { ...instant, description: 'What was last seen before is left out.' },
    scope,
    problem: text(
      'Why it may lack what other replicas have seen, or be forgotten at a restart; absent when all is well.',
    ),
    address: { ...object(judged), description: 'All accounts together: the address that calls leave from.' },
    accounts: list(
      object({
        account: { type: 'string' },
        ...judged,
        calls: { ...object({ apply: count, query: count, revoke: count }), description: 'Calls seen.' },
      }),
      'Every configured account, in the order of the file.',
    ),
  },
  ['problem'],
);
