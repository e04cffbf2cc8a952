// The description of the admin API in OpenAPI 3.1, written by hand beside the routes; tests hold the two together.
import type { OpenApiDocument, Paths } from './openapi/document.ts';
import { examples } from './openapi/examples.ts';
import { readinessPath } from './openapi/readiness.ts';
import { livePaths } from './openapi/live.ts';
import { bodyRefusals, content, failure, ok, refusals, responses } from './openapi/responses.ts';
import { rolloutPaths } from './openapi/rollout.ts';
import { schemas } from './openapi/schemas.ts';
import { shadowPath } from './openapi/shadow.ts';

const paths = {
  '/api/status': {
    get: {
      operationId: 'getStatus',
      summary: 'What runs here and how it is',
      responses: { '200': ok('The status of this replica.', 'Status', examples.status), ...refusals },
    },
  },
  '/api/split': {
    get: {
      operationId: 'getSplit',
      summary: 'How apply calls are shared between the old service and the gateway',
      responses: { '200': ok('The split in force.', 'Split', examples.split), ...refusals },
    },
    put: {
      operationId: 'orderSplit',
      summary: 'Move the weight, of everything or of one account',
      description:
        'Takes effect with the next call and survives restarts; `warnings` says which quotas it would not fit into. Setting the weight ends `forced`. While the store is down, ' +
        'orders that only send calls back are carried out all the same, and `problem` says that they are not kept yet.',
      requestBody: {
        required: true,
        content: content('SplitOrder', {
          weight: examples.weight,
          account: examples.account,
          accountBack: examples.accountBack,
          allBack: examples.allBack,
        }),
      },
      responses: {
        '200': ok('Carried out and kept; the split in force.', 'OrderedSplit', examples.orderedSplit),
        '400': failure(
          'The order makes no sense; nothing has changed.',
          'More than 100 %',
          'gatewayPercent must be a number from 0 to 100 with at most two decimals, but is 101',
        ),
        '409': failure(
          'There is no old service to share with; nothing has changed.',
          'Without an old service',
          'there is no old service (backends.legacy): the gateway serves every call',
        ),
        '503': failure(
          'The store did not confirm within a second that it keeps the order, which would send more calls to the gateway. Nothing has changed so far; a write that only came late may still take effect.',
          'The store is down',
          'the store did not confirm the order: nothing has changed so far, see /api/split before you repeat it',
        ),
        ...bodyRefusals,
      },
    },
  },
  ...rolloutPaths,
  '/api/history': {
    get: {
      operationId: 'getHistory',
      summary: 'Every change of the split and of the rollout, newest first',
      parameters: [
        {
          name: 'limit',
          in: 'query',
          description: 'How many changes at most.',
          schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        },
      ],
      responses: {
        '200': ok('The changes.', 'History', examples.history),
        '400': failure('The limit is none.', 'No number', 'limit must be a whole number from 1 to 1000'),
        '503': failure(
          'The store does not answer.',
          'The store is down',
          'the history cannot be read from the store: see store in /api/status',
        ),
        ...refusals,
      },
    },
  },
  '/api/callers': {
    get: {
      operationId: 'getCallers',
      summary: 'Who still calls with the old protocol, last seen first',
      description:
        'At most 2,000 callers since the start of this replica; those not seen for longest leave first.',
      responses: { '200': ok('The callers.', 'Callers', examples.callers), ...refusals },
    },
  },
  '/api/readiness': readinessPath,
  '/api/shadow': shadowPath,
  ...livePaths,
  '/api/explain': {
    post: {
      operationId: 'explain',
      summary: 'What the proxy would do with an old request, and why',
      description:
        'Sends nothing and changes nothing. Shows no secret, and of signatures and tokens the first characters only.',
      requestBody: {
        required: true,
        content: content('ExplainRequest', { example: examples.explainRequest }),
      },
      responses: {
        '200': ok(
          'The explanation, whether the call would be carried out or not.',
          'Explanation',
          examples.explanation,
        ),
        '400': failure(
          'The text is no request of the old protocol.',
          'Prose',
          'request cannot be read: this is no query string, form body, URL or curl command: it holds no name=value',
        ),
        ...bodyRefusals,
      },
    },
  },
  '/api/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      summary: 'This description',
      responses: {
        '200': {
          description: 'An OpenAPI 3.1 document.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        ...refusals,
      },
    },
  },
} as const satisfies Paths;

/** @param version of the program */
export function openApiDocument(version: string): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'mqtt-token-proxy admin API',
      version,
      description:
        'Errors are `{"error": {"message": …}}`. Unknown routes are answered with 404, other methods with 405 and `Allow`. ' +
        'Without `admin.tokens` the API is open, on a loopback address only, to requests with a loopback `Host` and no foreign `Origin`.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, {}],
    paths,
    components: { schemas, responses, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}
