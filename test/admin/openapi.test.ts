import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Validator } from '@seriousme/openapi-schema-validator';
import request from 'supertest';
import { adminRoutes } from '../../src/admin/api.ts';
import { openApiDocument } from '../../src/admin/openapi.ts';
import type { Content, Media, Operation, Response, Schema } from '../../src/admin/openapi/document.ts';
import type { Dial } from '../../src/split/dial.ts';
import type { DialSource } from '../../src/admin/sources.ts';
import { explain } from '../../src/app/explain.ts';
import { readOldRequest } from '../../src/app/explain/old-request.ts';
import { configFromDocument } from '../../src/config/load.ts';
import { ask, house, readToken, tokens, writeToken, wrongToken, type House, type Verb } from './kit.ts';

const document = openApiDocument('1.2.3');

/** What the validator of the description itself is built on: JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
interface AjvClass {
  new (options: object): {
    compile(schema: object): { (value: unknown): boolean; errors?: unknown };
  };
}
const requireBeside = createRequire(
  createRequire(import.meta.url).resolve('@seriousme/openapi-schema-validator'),
);
const { default: Ajv } = requireBeside('ajv/dist/2020.js') as { default: AjvClass };
const { default: addFormats } = requireBeside('ajv-formats') as { default: (ajv: object) => void };

/** The same schema without room for properties that it does not name. */
function closed(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(items !== undefined && { items: closed(items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, closed(inner)]),
      ),
      additionalProperties: false,
    }),
  };
}

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTypes: false, allErrors: true });
addFormats(ajv);
const schemas = new Map(
  Object.entries(document.components.schemas).map(([name, schema]) => [
    `#/components/schemas/${name}`,
    closed(schema),
  ]),
);

/** Fails unless the value is what the schema says, and nothing more. */
function assertMatches(schema: Schema, value: unknown): void {
  const whole = schema.$ref === undefined ? schema : schemas.get(schema.$ref);
  assert.ok(whole !== undefined, schema.$ref);
  const validate = ajv.compile(whole);
  assert.ok(validate(value), JSON.stringify({ errors: validate.errors, value }, undefined, 1));
}

interface DescribedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}
const operations: readonly DescribedOperation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

function resolved(response: Response): Exclude<Response, { $ref: string }> {
  if (!('$ref' in response)) return response;
  const named = document.components.responses[response.$ref.replace('#/components/responses/', '')];
  assert.ok(named !== undefined && !('$ref' in named), response.$ref);
  return named;
}

/** The one kind of content that each answer has. */
function describedIn(content: Content): Media {
  return 'application/json' in content ? content['application/json'] : content['text/event-stream'];
}

/** Holds an answer against what is described for its route and status. */
function assertDescribed(method: string, path: string, answer: request.Response): void {
  const found = operations.find((candidate) => candidate.path === path && candidate.method === method);
  assert.ok(found !== undefined, `${method} ${path} is not described`);
  const response = found.operation.responses[String(answer.status)];
  assert.ok(response !== undefined, `${method} ${path} ${answer.status} is not described: ${answer.text}`);
  assertMatches(describedIn(resolved(response).content).schema, answer.body);
}

describe('the description of the admin API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)) as never);
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
  });

  it('has the version of the program', async () => {
    const answer = await request(house().app).get('/api/openapi.json').expect(200);
    assert.deepEqual(answer.body, JSON.parse(JSON.stringify(document)));
  });

  it('describes every route of the router and no other', () => {
    const routed = adminRoutes(dependenciesUnused).map(({ method, path }) => `${method} /api${path}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(described.toSorted(), routed.toSorted());
  });

  it('has examples that match their schemas', () => {
    const contents = operations.flatMap(({ operation }) => [
      ...Object.values(operation.responses).map((response) => resolved(response).content),
      ...(operation.requestBody === undefined ? [] : [operation.requestBody.content]),
    ]);
    let examples = 0;
    for (const content of contents) {
      const described = describedIn(content);
      for (const { value } of Object.values(described.examples ?? {})) {
        assertMatches(described.schema, value);
        examples += 1;
      }
    }
    assert.ok(examples > 30);
  });

  it('names each operation differently', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('the answers of the admin API', () => {
  const config = configFromDocument({
    accounts: [
      {
        name: 'shop',
        keys: [{ accessKey: 'LTAI1', secret: 'planted-secret-012345' }],
        instances: ['post-1'],
      },
    ],
    backends: { legacy: { url: 'http://127.0.0.1:1' } },
    store: { type: 'memory' },
  });
  assert.ok(config.ok);
  const realExplain = async (text: string, operation?: 'apply' | 'revoke' | 'query') => {
    const old = readOldRequest(text, operation);
    if (!old.ok) return old;
    const explanation = await explain(old.operation, old.request, {
      config: config.config,
      nowMs: Date.now(),
    });
    return { ok: true, explanation: { ...explanation, notes: old.notes } } as const;
  };

  const asked: readonly (readonly [
    method: 'get' | 'put' | 'post',
    path: string,
    query: string,
    body?: object,
  ])[] = [
    ['get', '/api/status', ''],
    ['put', '/api/split', '', { gatewayPercent: 30, reason: 'canary' }],
    ['put', '/api/split', '', { gatewayPercent: 100, account: 'shop' }],
    ['put', '/api/split', '', { gatewayPercent: 101 }],
    ['put', '/api/split', '', { gatewayPercent: 5, account: 'alone' }],
    ['get', '/api/split', ''],
    ['put', '/api/split', '', { gatewayPercent: 0, all: true }],
    ['get', '/api/split', ''],
    ['get', '/api/split/preview', '?gatewayPercent=50'],
    ['get', '/api/split/preview', '?gatewayPercent=50&account=nobody'],
    ['get', '/api/rollout', ''],
    ['post', '/api/rollout/start', '', { reason: 'canary' }],
    ['post', '/api/rollout/abort', ''],
    ['post', '/api/rollout/pause', '', { force: 1 }],
    ['get', '/api/history', ''],
    ['get', '/api/history', '?limit=0'],
    ['get', '/api/callers', ''],
    ['get', '/api/shadow', ''],
    ['get', '/api/calls', ''],
    ['get', '/api/timeline', ''],
    ['get', '/api/timeline', '?points=0'],
    ['get', '/api/timeline', '?points=400'],
    ['post', '/api/explain', '', { request: 'actions=R&accessKey=LTAI1&signature=abcdefghijkl' }],
    ['post', '/api/explain', '', { request: 'token=planted-token-01234&accessKey=LTAI1&signature=a' }],
    ['post', '/api/explain', '', { request: 'actions=R&accessKey=LTAI2' }],
    ['post', '/api/explain', '', { request: 'a=b', operation: 'revoke' }],
    ['post', '/api/explain', '', { request: 'hello' }],
    ['get', '/api/openapi.json', ''],
  ];

  it('match the description, refusals too', async () => {
    const { app, callers, pass } = house({ explain: realExplain });
    pass(25_000);
    callers.note({ account: undefined, clientAddress: '::1', userAgent: undefined, backend: 'none' });
    const statuses = new Set<number>();
    for (const [method, path, query, body] of asked) {
      const answer = await ask(app, method, `${path}${query}`).send(body);
      assertDescribed(method, path, answer);
      statuses.add(answer.status);
    }
    assert.deepEqual(statuses, new Set([200, 400, 409, 503]));
  });

  it('match the description at the door', async () => {
    const { app }: House = house({ tokens });
    for (const { path, method } of operations) {
      for (const [token, expected] of [
        [wrongToken, 401],
        [readToken, method === 'put' ? 403 : undefined],
        [writeToken, undefined],
      ] as const) {
        const verb = method as Verb;
        const answer = await ask(app, verb, path).auth(token, { type: 'bearer' }).type('form').send('a=b');
        if (expected !== undefined) assert.equal(answer.status, expected);
        assertDescribed(method, path, answer);
      }
    }
  });

  it('match the description when the store is down, something is wrong, or the body is too large', async () => {
    const down = house();
    down.dial.breakDown('planted');
    assertDescribed('get', '/api/status', await request(down.app).get('/api/status').expect(200));
    assertDescribed('get', '/api/split', await request(down.app).get('/api/split').expect(200));
    assertDescribed(
      'put',
      '/api/split',
      await request(down.app).put('/api/split').send({ gatewayPercent: 30 }),
    );
    const history = await request(down.app).get('/api/history').expect(503);
    assertDescribed('get', '/api/history', history);
    const broken = house({ callers: { list: unused, forgotten: unused } });
    assertDescribed('get', '/api/callers', await request(broken.app).get('/api/callers').expect(500));
    const large = { request: 'x'.repeat(17_000) };
    assertDescribed(
      'post',
      '/api/explain',
      await request(down.app).post('/api/explain').send(large).expect(413),
    );
  });
});

describe('the sources of the admin API', () => {
  it('include the dial of the split as it is', () => {
    const asSource = (dial: Dial): DialSource => dial;
    assert.equal(typeof asSource, 'function');
  });
});

const unused = (): never => {
  throw new Error('a route was built and asked');
};
const dependenciesUnused: Parameters<typeof adminRoutes>[0] = {
  accessRules: unused,
  onFailedLogIn: unused,
  monotonicMs: unused,
  now: unused,
  status: unused,
  dial: { state: unused, order: unused, history: unused, problem: unused },
  history: unused,
  projections: unused,
  rollout: { view: unused, order: unused },
  splitRules: unused,
  observedPercent: unused,
  callers: { list: unused, forgotten: unused },
  readiness: unused,
  shadow: unused,
  calls: { publish: unused, listen: unused, close: unused },
  timeline: { points: unused, now: unused },
  explain: unused,
  onDefect: unused,
};
