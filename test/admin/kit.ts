// The admin API in process, over sources in memory: what its tests share.
import express from 'express';
import request from 'supertest';
import { createAdminApi, type AdminApiDependencies } from '../../src/admin/api.ts';
import { createCallFeed } from '../../src/admin/call-feed.ts';
import { createCallers, type Callers } from '../../src/admin/callers.ts';
import type { FailedLogIn } from '../../src/admin/gate.ts';
import type { RolloutReading, RolloutSource } from '../../src/admin/rollout-sources.ts';
import type { DialSource, HistoryChange, QuotaReading, SplitRules } from '../../src/admin/sources.ts';
import type { ReadinessReading } from '../../src/admin/readiness-sources.ts';
import type { ShadowReading } from '../../src/admin/shadow-sources.ts';
import { createTimeline } from '../../src/admin/timeline.ts';
import type { AdminToken } from '../../src/config/config.ts';
import { describeTurn, initialDial, onlyLowers, turn, type DialState } from '../../src/split/dial-state.ts';
import { secretOf } from '../kit/secrets.ts';

export const writeToken = 'planted-write-token-0123456789';
export const readToken = 'planted-read-token-0123456789';
export const wrongToken = 'planted-wrong-token-0123456789';

/** Alice may write, Bob may read. */
export const tokens: readonly AdminToken[] = [
  { name: 'bob', token: secretOf(readToken), role: 'read' },
  { name: 'alice', token: secretOf(writeToken), role: 'write' },
];

export const startedAtMs = Date.UTC(2026, 10, 20, 7);

export const rules: SplitRules = {
  key: ['account', 'instanceId', 'resources'],
  overrides: [{ instanceId: 'post-1', gatewayPercent: 0 }],
  accounts: [
    { name: 'shop', hasOldService: true },
    { name: 'alone', hasOldService: false },
  ],
  hasOldService: true,
};

export interface FakeDial extends DialSource {
  state(): DialState;
  /** From now on nothing is kept or read, for this reason. */
  breakDown(message: string): void;
}

/** A dial that keeps its orders in memory. */
export function fakeDial(gatewayPercent: number, now: () => number): FakeDial {
  let state = initialDial(gatewayPercent, gatewayPercent);
  let broken: string | undefined;
  const changes: HistoryChange[] = [];
  return {
    state: () => state,
    order: (order, origin) => {
      const next = turn(state, order);
      if (broken !== undefined && !onlyLowers(state, next)) return Promise.reject(new Error(broken));
      if (next !== state) changes.unshift(describeTurn(state, next, order, { ...origin, atMs: now() }));
      state = next;
      return Promise.resolve(state);
    },
    history: (most) =>
      broken === undefined ? Promise.resolve(changes.slice(0, most)) : Promise.reject(new Error(broken)),
    problem: () => broken,
    breakDown: (message) => (broken = message),
  };
}

export const quietQuotas: QuotaReading = {
  mode: 'own',
  budgets: [{ scope: 'address', action: 'apply', limit: 270, used: 31 }],
  waiting: { apply: 2, query: 0, revoke: 0 },
};

/** Before the first rollout. */
export const idleRollout: RolloutReading = {
  state: 'idle',
  step: null,
  steps: [
    { gatewayPercent: 1, hold: 600_000 },
    { gatewayPercent: 50, hold: 'manual' },
    { gatewayPercent: 100 },
  ],
  gatewayPercent: null,
  reason: 'no rollout was started yet',
  by: 'rollout',
  sinceMs: 0,
  evidence: {
    gateway: { calls: 0, ok: 0, faults: 0, denied: 0, errorPercent: null },
    legacy: { calls: 0, ok: 0, faults: 0, denied: 0, errorPercent: null },
    stepCalls: 0,
    faultsInARow: 0,
    statistic: 0,
    threshold: 15.2,
    verdict: 'need-more-data',
    callsNeeded: 50,
  },
  version: 0,
  drives: false,
};

const refusingRollout: RolloutSource = {
  view: () => idleRollout,
  order: () => Promise.resolve({ kind: 'refused', why: 'this fake rolls nothing out' }),
};
const quiet = { callsPerSecond: 0, limit: 90, longestWaitMs: 0 };
const quietPeak = { apply: quiet, query: quiet, revoke: quiet };

/** One account that is ready and one that is not. */
export function someReadiness(sinceMs: number): ReadinessReading {
  return {
    sinceMs,
    address: { verdict: 'ready', blockers: [], notes: [], peak: quietPeak },
    accounts: [
      {
        account: 'shop',
        verdict: 'blocked',
        blockers: [{ kind: 'permission', detail: 'denied', count: 3, lastSeenMs: startedAtMs }],
        notes: ['worth knowing'],
        calls: { apply: 10, query: 1, revoke: 0 },
        peak: { ...quietPeak, apply: { callsPerSecond: 12, limit: 90, longestWaitMs: 200 } },
      },
      {
        account: 'alone',
        verdict: 'ready',
        blockers: [],
        notes: [],
        calls: { apply: 1, query: 0, revoke: 0 },
        peak: quietPeak,
      },
    ],
  };
}

export const quietShadow: ShadowReading = {
  percent: 0,
  verify: false,
  counts: { match: 0, mismatch: 0, error: 0, dropped: 0 },
  waiting: 0,
  durations: { legacy: null, gateway: null },
  mismatches: [],
};

export interface House {
  readonly app: express.Express;
  readonly dial: FakeDial;
  readonly callers: Callers;
  readonly failedLogIns: FailedLogIn[];
  readonly defects: unknown[];
  /** Both clocks. */
  readonly pass: (ms: number) => void;
}

export interface HouseOptions extends Partial<AdminApiDependencies> {
  readonly tokens?: readonly AdminToken[];
  readonly onLoopback?: boolean;
}

export function house({ tokens: configured = [], onLoopback = true, ...more }: HouseOptions = {}): House {
  let nowMs = startedAtMs + 90_500;
  const now = () => nowMs;
  const dial = fakeDial(25, now);
  const callers = createCallers(now);
  const failedLogIns: FailedLogIn[] = [];
  const defects: unknown[] = [];
  const dependencies: AdminApiDependencies = {
    accessRules: () => ({ tokens: configured, onLoopback }),
    onFailedLogIn: (failed) => failedLogIns.push(failed),
    monotonicMs: now,
    now,
    status: () => ({
      version: '1.2.3',
      startedAtMs,
      ready: true,
      backends: { legacy: { url: 'http://127.0.0.1:1' }, gateway: { url: 'http://127.0.0.1:2' } },
      store: { kind: 'lmdb', up: true, errors: 0, waiting: 0, givenUp: 0 },
      ledgerTokens: 7,
      quotas: quietQuotas,
      breakers: [],
      rollout: idleRollout,
    }),
    dial,
    history: (most) => dial.history(most),
    projections: () => [],
    rollout: refusingRollout,
    splitRules: () => rules,
    observedPercent: () => 24.61,
    callers,
    readiness: (sinceMs = 0) => Promise.resolve(someReadiness(sinceMs)),
    shadow: () => quietShadow,
    // Nobody can listen: a stream has no end that these tests could wait for. calls.test.ts is about it.
    calls: createCallFeed(0),
    timeline: createTimeline(now, 25),
    explain: () => Promise.resolve({ ok: false, problem: 'this fake explains nothing' }),
    onDefect: (error) => defects.push(error),
    ...more,
  };
  const app = express();
  app.disable('etag');
  app.use('/api', createAdminApi(dependencies));
  return { app, dial, callers, failedLogIns, defects, pass: (ms) => void (nowMs += ms) };
}

export type Verb = 'get' | 'put' | 'post';

export function ask(app: express.Express, verb: Verb, path: string): request.Test {
  const client = request(app);
  return client[verb](path);
}

/** What an answer holds, for a test to find out. */
export function bodyOf(answer: request.Response): unknown {
  return answer.body;
}

/** The message of an error answer, which must hold nothing else. */
export function messageOf(body: unknown): string {
  const error = fieldOf(body, 'error');
  const message = fieldOf(error, 'message');
  if (typeof message !== 'string') throw new Error(`no error answer: ${JSON.stringify(body)}`);
  return message;
}

export function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;
}
