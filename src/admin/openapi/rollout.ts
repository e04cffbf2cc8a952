// The rollout and the preview of a weight in the description of the admin API: schemas and routes.
import type { Paths, Schema } from './document.ts';
import { bodyRefusals, content, failure, ok, refusals } from './responses.ts';
import { rolloutExamples as examples } from './rollout-examples.ts';
import { count, flag, instant, list, object, percent, scope, text } from './parts.ts';

const rate: Schema = { type: 'number', minimum: 0 };
const states = ['idle', 'progressing', 'holding', 'paused', 'aborted', 'completed'] as const;

const step: Schema = {
  type: ['integer', 'null'],
  minimum: 1,
  description:
    'Counted from 1; null before the first rollout. Of an ended one, the step that it had come to.',
};
const stepPercent: Schema = { ...percent, type: ['number', 'null'], description: 'Of the step, percent.' };
const state: Schema = { enum: states };
const reason = text('Why it is in this state, for people.');

const judged = object({
  calls: { ...count, description: 'Throttled calls and callers’ mistakes are not among them.' },
  ok: count,
  faults: { ...count, description: 'Transport, overload, unreadable answers; and translation mistakes.' },
  denied: { ...count, description: 'Refused permissions.' },
  errorPercent: {
    type: ['number', 'null'],
    description: 'Faults and refused permissions; null without calls.',
  },
});

export const evidence: Schema = object(
  {
    gateway: judged,
    legacy: judged,
    stepCalls: { ...count, description: 'Judged calls at the gateway since the step began.' },
    faultsInARow: { ...count, description: 'Of the gateway; ten abort.' },
    statistic: {
      type: 'number',
      description: 'Logarithm of the likelihood ratio of what is suspected most; 0 when all is quiet.',
    },
    threshold: { type: 'number', description: 'The statistic at which the rollout is aborted.' },
    verdict: { enum: ['healthy-so-far', 'need-more-data', 'fails'] },
    callsNeeded: { ...count, description: 'With `need-more-data`: good calls that it takes, as things are.' },
  },
  ['callsNeeded'],
);

export const shortRollout = object({ state, step, gatewayPercent: stepPercent, reason, scope });

const rollout = object(
  {
    state,
    cause: {
      enum: ['manual', 'data', 'breaker', 'quota', 'old-service'],
      description: 'With `holding`: what it waits for.',
    },
    step,
    steps: list(
      object(
        {
          gatewayPercent: percent,
          hold: { type: ['number', 'string'], description: 'Seconds, or `manual`: until somebody promotes.' },
        },
        ['hold'],
      ),
      'Of the configuration.',
    ),
    gatewayPercent: stepPercent,
    reason,
    by: text('Name of an admin token, or `rollout` for the rollout itself.'),
    since: { ...instant, type: ['string', 'null'], description: 'When it came into this state.' },
    heldUntil: { ...instant, description: 'When the hold of the step is over, where a clock decides.' },
    coolsUntil: { ...instant, description: 'After an abort: when the next start needs no force.' },
    evidence,
    version: { ...count, description: 'Rises by one with each transition.' },
    drives: flag('Whether this replica is the one that moves it on.'),
    problem: text('What is in force but not kept; absent when all is kept.'),
    scope,
  },
  ['cause', 'heldUntil', 'coolsUntil', 'problem'],
);

const order: Schema = {
  ...object(
    {
      reason: { ...text('Why, on one line, for the history.'), maxLength: 500 },
      force: flag(
        'start: within the cool-down, and into quotas that do not fit; resume, promote: into quotas that do not fit; abort: although the old service does not answer.',
      ),
    },
    ['reason', 'force'],
  ),
  additionalProperties: false,
};

const projection = object(
  {
    scope: { enum: ['account', 'address'] },
    account: text('With `scope: account`.'),
    action: { enum: ['apply', 'query', 'revoke'] },
    projected: { ...rate, description: 'Calls/s to be expected, by the busiest 5 s of the last 5 min.' },
    limit: { ...rate, description: 'Calls/s that may leave, less the headroom.' },
  },
  ['account'],
);
export const warnings = list(text('One budget that calls would not fit into, for people.'));

const preview = object(
  {
    gatewayPercent: percent,
    account: text('The account whose weight was asked about; absent where all were.'),
    misfits: list(projection, 'Budgets that calls would not fit into.'),
    warnings,
    projections: { ...list(projection, 'The fullest budgets.'), maxItems: 20 },
    scope,
  },
  ['account'],
);

export const rolloutSchemas = { Rollout: rollout, RolloutOrder: order, SplitPreview: preview } as const;

const orderRoute = (operationId: string, summary: string, description: string) => ({
  post: {
    operationId,
    summary,
    description: `${description} The body may be left out.`,
    requestBody: {
      required: false,
      content: content('RolloutOrder', { order: examples.order, forced: examples.forced }),
    },
    responses: {
      '200': ok('Carried out and kept; the rollout as it stands.', 'Rollout', examples.rollout),
      '400': failure('The order makes no sense.', 'No flag', 'force must be true or false'),
      '409': failure(
        'It cannot be carried out, and why.',
        'Nothing to pause',
        'no rollout is under way: it is idle',
      ),
      '503': failure(
        'The store did not confirm that it keeps the order. An abort is carried out all the same.',
        'The store is down',
        'the store did not confirm the order: see /api/rollout before you repeat it',
      ),
      ...bodyRefusals,
    },
  },
});

export const rolloutPaths = {
  '/api/split/preview': {
    get: {
      operationId: 'previewSplit',
      summary: 'What a weight would mean for the gateway’s quotas',
      parameters: [
        { name: 'gatewayPercent', in: 'query', description: 'The weight asked about.', schema: percent },
        { name: 'account', in: 'query', description: 'Of this account only.', schema: { type: 'string' } },
      ],
      responses: {
        '200': ok('The fullest budgets of the gateway under that weight.', 'SplitPreview', examples.preview),
        '400': failure(
          'No such weight or account.',
          'No number',
          'gatewayPercent must be a number from 0 to 100 with at most two decimals',
        ),
        ...refusals,
      },
    },
  },
  '/api/rollout': {
    get: {
      operationId: 'getRollout',
      summary: 'How the rollout stands, and the evidence it goes by',
      responses: { '200': ok('The rollout.', 'Rollout', examples.rollout), ...refusals },
    },
  },
  '/api/rollout/start': orderRoute(
    'startRollout',
    'Begin with the first step that is not below the weight in force',
    'Refused while the gateway’s breaker is open.',
  ),
  '/api/rollout/pause': orderRoute(
    'pauseRollout',
    'Stay at this weight',
    'The guard stays armed: a gateway that fails is still given up.',
  ),
  '/api/rollout/resume': orderRoute('resumeRollout', 'Go on after a pause', 'From the weight in force.'),
  '/api/rollout/promote': orderRoute(
    'promoteRollout',
    'Go to the next step now',
    'Without waiting for the hold or for more data.',
  ),
  '/api/rollout/abort': orderRoute(
    'abortRollout',
    'Everything back to the old service, at once',
    'Beats every override until the weight is set again. While the old service does not answer, only with force.',
  ),
} as const satisfies Paths;
