// Answers of the admin API in the states that an operator meets, for the fake admin server. Times are relative to now.
import type { Answers } from './fake-admin.ts';

type Fields = Record<string, unknown>;

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const ahead = (seconds: number) => ago(-seconds);

const figures = (ok: number, more: Fields = {}) => ({
  ok,
  rejected: 0,
  denied: 0,
  throttled: 0,
  fault: 0,
  p50Ms: ok > 0 ? 6.1 : null,
  p99Ms: ok > 0 ? 23 : null,
  ...more,
});

/** A smooth noise that is the same each time. */
const wobble = (index: number, size: number) =>
  Math.round(size * (Math.sin(index / 7) + Math.sin(index / 2.3) * 0.6 + Math.sin(index * 1.7) * 0.4));

interface Shape {
  /** Weight by step, 0 to 359. */
  readonly weight: (index: number) => number;
  readonly faults?: (index: number) => number;
}

export function timeline({ weight, faults = () => 0 }: Shape): Fields {
  const stepMs = 10_000;
  const firstMs = Math.floor(Date.now() / stepMs) * stepMs - 360 * stepMs;
  const points = Array.from({ length: 360 }, (_, index) => {
    const all = 420 + wobble(index, 40);
    const fault = faults(index);
    const gateway = Math.max(
      0,
      Math.round((all * weight(index)) / 100 + wobble(index + 40, 5) * Math.min(1, weight(index))),
    );
    const legacy = all - gateway;
    return {
      at: new Date(firstMs + index * stepMs).toISOString(),
      gatewayPercent: weight(index),
      observedPercent: Math.round((gateway / all) * 10_000) / 100,
      backends: {
        legacy: figures(legacy, { p99Ms: 22 + wobble(index, 3) }),
        gateway: figures(gateway - fault, {
          fault,
          p50Ms: gateway > 0 ? 14 : null,
          p99Ms: gateway > 0 ? 47 + wobble(index + 9, 6) + fault : null,
        }),
        none: figures(0),
      },
    };
  });
  const last = points.at(-1);
  if (last === undefined) throw new Error('no points');
  const { legacy, gateway } = last.backends;
  const perSecond = ({ ok, fault }: { ok: number; fault: number }) => (ok + fault) / 10;
  const rejected = { ...legacy, rejected: 3, callsPerSecond: perSecond(legacy) };
  const now = {
    ...last,
    callsPerSecond: perSecond(legacy) + perSecond(gateway),
    backends: {
      legacy: rejected,
      gateway: { ...gateway, callsPerSecond: perSecond(gateway) },
      none: { ...figures(0), callsPerSecond: 0 },
    },
  };
  return { stepSeconds: 10, points, now, scope: 'replica' };
}

const breaker = (backend: string, action: string, more: Fields = {}) => ({
  backend,
  action,
  destination:
    backend === 'legacy' ? 'https://mqauth.aliyuncs.com' : 'https://onsmqtt.cn-hangzhou.aliyuncs.com',
  state: 'closed',
  since: ago(7200),
  scope: 'replica',
  ...more,
});

export const closedBreakers = [
  breaker('legacy', 'apply'),
  breaker('legacy', 'query'),
  breaker('gateway', 'apply'),
  breaker('gateway', 'query'),
];

export function status(gatewayPercent: number, observedPercent: number | null, more: Fields = {}): Fields {
  return {
    version: '0.1.0',
    startedAt: ago(93_600),
    uptimeSeconds: 93_600,
    ready: true,
    visitor: { name: 'alice', role: 'write' },
    backends: {
      legacy: { url: 'https://mqauth.aliyuncs.com' },
      gateway: { url: 'https://onsmqtt.cn-hangzhou.aliyuncs.com' },
    },
    split: {
      gatewayPercent,
      forced: false,
      version: 7,
      observedPercent,
      scope: 'fleet',
      observedScope: 'replica',
    },
    store: { kind: 'redis', up: true, errors: 0, waiting: 0, givenUp: 0, scope: 'fleet' },
    ledger: { tokens: 18_204, scope: 'fleet' },
    quotas: {
      mode: 'shared',
      scope: 'fleet',
      waiting: { apply: 0, query: 0, revoke: 0 },
      waitingScope: 'replica',
      budgets: [
        { of: 'account', account: 'shop', action: 'apply', limit: 90, used: 11, left: 79 },
        { of: 'account', account: 'warehouse', action: 'apply', limit: 90, used: 4, left: 86 },
        { of: 'address', action: 'apply', limit: 270, used: 15, left: 255 },
        { of: 'address', action: 'query', limit: 270, used: 2, left: 268 },
        { of: 'address', action: 'revoke', limit: 270, used: 0, left: 270 },
      ],
    },
    breakers: closedBreakers,
    ...more,
  };
}

export function split(gatewayPercent: number, observedPercent: number | null, more: Fields = {}): Fields {
  return {
    gatewayPercent,
    forced: false,
    accounts: [],
    overrides: [],
    observedPercent,
    key: ['account', 'instanceId', 'resources'],
    version: 7,
    changedAt: ago(1500),
    hasOldService: true,
    scope: 'fleet',
    observedScope: 'replica',
    warnings: [],
    ...more,
  };
}

const side = (calls: number, faults = 0) => ({
  calls,
  ok: calls - faults,
  faults,
  denied: 0,
  errorPercent: calls === 0 ? 0 : Math.round((faults / calls) * 10_000) / 100,
});

export function rollout(state: string, more: Fields = {}): Fields {
  return {
    state,
    step: state === 'idle' ? null : 3,
    steps: [
      { gatewayPercent: 1, hold: 600 },
      { gatewayPercent: 5, hold: 600 },
      { gatewayPercent: 25, hold: 1800 },
      { gatewayPercent: 50, hold: 'manual' },
      { gatewayPercent: 100 },
    ],
    gatewayPercent: state === 'idle' ? null : 25,
    reason: 'healthy so far',
    by: 'alice',
    since: ago(1500),
    evidence: {
      gateway: side(1742, 1),
      legacy: side(5310, 4),
      stepCalls: 1742,
      faultsInARow: 0,
      statistic: 0,
      threshold: 15.2,
      verdict: 'healthy-so-far',
    },
    version: 9,
    drives: true,
    scope: 'fleet',
    ...more,
  };
}

const history = [
  {
    when: ago(1500),
    who: 'rollout',
    why: 'step 3 of 5: 25 %',
    what: 'rollout-step',
    from: 5,
    to: 25,
    version: 7,
  },
  {
    when: ago(2200),
    who: 'rollout',
    why: 'step 2 of 5: 5 %',
    what: 'rollout-step',
    from: 1,
    to: 5,
    version: 6,
  },
  {
    when: ago(2900),
    who: 'alice',
    why: 'change 4711, window until 04:00',
    what: 'rollout-start',
    from: 0,
    to: 1,
    version: 5,
  },
  { when: ago(90_000), who: 'file', why: null, what: 'file', from: 5, to: 0, version: 4 },
];

const callers = {
  scope: 'replica',
  forgotten: 0,
  callers: [
    ['192.0.2.7', 'shop', 'Apache-HttpClient/4.5.2 (Java/1.8.0_292)', 1, 31_240, 9712],
    ['192.0.2.44', 'warehouse', 'python-requests/2.9.1', 3, 8120, 2411],
    ['198.51.100.12', null, '', 240, 37, 0],
  ].map(([clientAddress, account, userAgent, seen, legacy, gateway]) => ({
    account,
    clientAddress,
    userAgent,
    firstSeen: ago(90_000),
    lastSeen: ago(Number(seen)),
    calls: { legacy, gateway, none: 0 },
  })),
};

const readiness = {
  since: ago(93_600),
  scope: 'fleet',
  address: { verdict: 'ready', blockers: [] },
  accounts: [
    {
      account: 'shop',
      verdict: 'ready',
      blockers: [],
      notes: ['peak 31 apply calls/s of 90'],
      calls: { apply: 40_952 },
    },
    {
      account: 'warehouse',
      verdict: 'blocked',
      blockers: [
        {
          kind: 'signature',
          detail: 'The old service accepts signatures that the proxy refuses: its secret is wrong here',
          count: 12,
          lastSeen: ago(300),
        },
      ],
      calls: { apply: 10_531 },
    },
  ],
};

const shadow = {
  percent: 10,
  verify: true,
  counts: { match: 4211, mismatch: 2, error: 1, dropped: 0 },
  waiting: 0,
  durations: {},
  scope: 'replica',
  mismatches: [
    {
      at: ago(900),
      account: 'warehouse',
      operation: 'apply',
      instanceId: 'post-cn-0pp12gl0002',
      requestId: 'r-1',
      bucket: 8120,
      legacy: { outcome: 'ok', code: 200, durationMs: 7 },
      gateway: { outcome: 'denied', code: 409, gatewayCode: 'NoPermission', durationMs: 21 },
      why: 'the gateway refuses what the old service grants',
      parameters: { resources: ['stock/#'], actions: ['R'] },
    },
  ],
};

const stairs = (index: number) => (index < 70 ? 0 : index < 140 ? 1 : index < 210 ? 5 : 25);

export function fine(): Answers {
  return {
    'GET status': status(25, 24.61),
    'GET split': split(25, 24.61),
    'GET split/preview': {
      gatewayPercent: 50,
      misfits: [],
      warnings: [],
      projections: [
        { scope: 'account', account: 'shop', action: 'apply', projected: 19.2, limit: 90 },
        { scope: 'address', action: 'apply', projected: 27.4, limit: 270 },
      ],
    },
    'GET timeline': timeline({ weight: stairs }),
    'GET rollout': rollout('progressing', { heldUntil: ahead(310) }),
    'GET history': history,
    'GET callers': callers,
    'GET readiness': readiness,
    'GET shadow': shadow,
  };
}

/** The gateway fails, its breaker is open and a quota nearly used. */
export function trouble(): Answers {
  const why = 'faults in a row: 5';
  return {
    ...fine(),
    'GET status': status(25, 9.4, {
      breakers: [
        ...closedBreakers.slice(0, 2),
        breaker('gateway', 'apply', { state: 'open', why, since: ago(4) }),
        breaker('gateway', 'query'),
      ],
      quotas: {
        mode: 'share',
        scope: 'replica',
        waiting: { apply: 14, query: 0, revoke: 0 },
        waitingScope: 'replica',
        budgets: [
          { of: 'account', account: 'shop', action: 'apply', limit: 90, used: 87, left: 3 },
          { of: 'address', action: 'apply', limit: 270, used: 231, left: 39 },
          { of: 'address', action: 'query', limit: 270, used: 2, left: 268 },
        ],
      },
    }),
    'GET split': split(25, 9.4),
    'GET timeline': timeline({ weight: stairs, faults: (index) => (index > 348 ? (index - 348) * 8 : 0) }),
    'GET rollout': rollout('holding', {
      cause: 'data',
      reason: 'need more data: about 120 more calls of the gateway are needed',
      evidence: {
        ...(rollout('holding')['evidence'] as object),
        gateway: side(38, 1),
        verdict: 'need-more-data',
        callsNeeded: 120,
      },
    }),
  };
}

/** Aborted by the guard: everything is back. */
export function aborted(): Answers {
  return {
    ...fine(),
    'GET status': status(0, 0, {
      split: {
        gatewayPercent: 0,
        forced: true,
        version: 8,
        observedPercent: 0,
        scope: 'fleet',
        observedScope: 'replica',
      },
    }),
    'GET split': split(0, 0, { forced: true }),
    'GET timeline': timeline({
      weight: (index) => (index > 345 ? 0 : stairs(index)),
      faults: (index) => (index > 335 && index < 346 ? 40 : 0),
    }),
    'GET rollout': rollout('aborted', {
      reason: 'the gateway fails 5.1 % of its calls, more than the 2 % allowed',
      by: 'guard',
      since: ago(140),
      coolsUntil: ahead(460),
      evidence: { ...(rollout('aborted')['evidence'] as object), gateway: side(412, 21), verdict: 'fails' },
    }),
  };
}

/** A fresh server without calls, of a release that has only the older routes. */
export function bare(): Answers {
  const none = figures(0);
  const empty = { ...none, callsPerSecond: 0 };
  return {
    'GET status': status(0, null, {
      uptimeSeconds: 4,
      breakers: [],
      store: { kind: 'memory', up: true, errors: 0, waiting: 0, givenUp: 0, scope: 'replica' },
      quotas: {
        mode: 'own',
        scope: 'replica',
        waiting: { apply: 0, query: 0, revoke: 0 },
        budgets: [{ of: 'address', action: 'apply', limit: 270, used: 0, left: 270 }],
      },
    }),
    'GET split': split(0, null),
    'GET timeline': {
      stepSeconds: 10,
      points: [],
      now: {
        at: ago(4),
        gatewayPercent: 0,
        observedPercent: null,
        callsPerSecond: 0,
        backends: { legacy: empty, gateway: empty, none: empty },
      },
      scope: 'replica',
    },
    'GET history': [],
    'GET callers': { scope: 'replica', forgotten: 0, callers: [] },
  };
}

/** The same, asked by a token that may only read. */
export function readOnly(): Answers {
  const answers = fine();
  const forbidden = {
    status: 403,
    message: 'the token "bob" may only read: this takes one with role: write',
  };
  return {
    ...answers,
    'GET status': { ...(answers['GET status'] as object), visitor: { name: 'bob', role: 'read' } },
    'PUT split': forbidden,
  };
}

let calls = 0;

/** One call for the stream, each a little different. */
export function call(more: Fields = {}): Fields {
  calls += 1;
  const gateway = calls % 4 === 0;
  return {
    at: new Date().toISOString(),
    requestId: `0f8e9a51-3b5e-4f0c-9f0e-${String(calls).padStart(12, '0')}`,
    route: calls % 5 === 0 ? 'query' : 'apply',
    account: calls % 3 === 0 ? 'warehouse' : 'shop',
    instanceId: 'post-cn-0pp12gl0001',
    bucket: (calls * 811) % 10_000,
    gatewayPercent: 25,
    backend: gateway ? 'gateway' : 'legacy',
    reason: calls % 5 === 0 ? 'issuer' : 'weight',
    outcome: 'ok',
    code: 200,
    durationMs: gateway ? 14.2 : 6.3,
    client: '192.0.2.7',
    userAgent: 'Apache-HttpClient/4.5.2 (Java/1.8.0_292)',
    parameters: { actions: 'R', resources: ['orders/1', 'orders/2'], expireTime: ahead(3600) },
    ...more,
  };
}
