// How things stand towards the backends, as `/api/status` tells it: budgets of the gateway, circuit breakers.
import type { Schema } from './document.ts';
import { count, instant, list, object, scope, text } from './parts.ts';

const action = { enum: ['apply', 'query', 'revoke'] };
const rate: Schema = { type: 'number', minimum: 0 };

export const quotas = object({
  mode: {
    enum: ['own', 'shared', 'pause', 'share'],
    description:
      "Whose budgets are in force: this replica's own, the fleet's shared ones, its share of them as the shared store is gone, or none until what was given out before is over.",
  },
  scope,
  waiting: {
    ...object({ apply: count, query: count, revoke: count }),
    description: 'Calls that wait for their turn.',
  },
  waitingScope: scope,
  budgets: list(
    object(
      {
        of: { enum: ['account', 'address'] },
        account: text('With `of: account`.'),
        action,
        limit: { ...rate, description: 'Calls that may leave in any second, less the headroom.' },
        used: { ...rate, description: 'Calls that left within the last second or are about to.' },
        left: { ...rate, description: 'The head room now.' },
      },
      ['account'],
    ),
    'Budgets in use, and every budget of the address.',
  ),
});

export const breakers = list(
  object(
    {
      backend: { enum: ['legacy', 'gateway'] },
      action,
      destination: text('The address that it guards.'),
      state: { enum: ['closed', 'half_open', 'open'] },
      since: instant,
      why: text('What brought it into this state.'),
      scope,
    },
    ['why'],
  ),
  'One for each backend, action and address that has been called.',
);
