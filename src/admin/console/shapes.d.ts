// What the admin API answers, as far as the console reads it (SPEC section 5). Times are ISO 8601 strings.

export type Outcome = 'ok' | 'rejected' | 'denied' | 'throttled' | 'fault';
export type Backend = 'legacy' | 'gateway';

export interface Status {
  version: string;
  uptimeSeconds: number;
  ready: boolean;
  visitor?: { name: string; role: 'read' | 'write' };
  backends: { legacy?: { url: string }; gateway: { url: string } };
  split: SplitFacts;
  store: { kind: string; up: boolean; problem?: string };
  quotas: {
    mode: 'own' | 'shared' | 'pause' | 'share';
    waiting: Record<string, number>;
    budgets: Budget[];
  };
  breakers: Breaker[];
}

export interface SplitFacts {
  gatewayPercent: number;
  forced: boolean;
  problem?: string;
  observedPercent: number | null;
}

export interface Budget {
  of: 'account' | 'address';
  account?: string;
  action: string;
  limit: number;
  used: number;
  left: number;
}

export interface Breaker {
  backend: Backend;
  action: string;
  destination: string;
  state: 'closed' | 'half_open' | 'open';
  since: string;
  why?: string;
}

export interface Split extends SplitFacts {
  accounts: { account: string; gatewayPercent: number }[];
  overrides: { account?: string; instanceId?: string; gatewayPercent: number }[];
  changedAt?: string;
  hasOldService: boolean;
  warnings?: string[];
}

export interface Preview {
  gatewayPercent: number;
  warnings: string[];
  projections: {
    scope: 'account' | 'address';
    account?: string;
    action: string;
    projected: number;
    limit: number;
  }[];
}

export type Figures = Record<Outcome, number> & { p50Ms: number | null; p99Ms: number | null };

export interface Point {
  at: string;
  gatewayPercent: number;
  observedPercent: number | null;
  backends: Record<Backend | 'none', Figures>;
}

export interface Now extends Omit<Point, 'backends'> {
  callsPerSecond: number;
  backends: Record<Backend | 'none', Figures & { callsPerSecond?: number }>;
}

export interface Timeline {
  stepSeconds: number;
  points: Point[];
  now: Now;
}

export interface Evidence {
  calls: number;
  ok: number;
  faults: number;
  denied: number;
  errorPercent: number | null;
}

export interface Rollout {
  state: 'idle' | 'progressing' | 'holding' | 'paused' | 'aborted' | 'completed';
  cause?: string;
  step: number | null;
  steps: { gatewayPercent: number; hold?: number | 'manual' }[];
  gatewayPercent: number | null;
  reason: string;
  by: string;
  since: string;
  heldUntil?: string;
  coolsUntil?: string;
  evidence?: {
    gateway: Evidence;
    legacy: Evidence;
    stepCalls: number;
    faultsInARow: number;
    verdict: 'healthy-so-far' | 'need-more-data' | 'fails';
    callsNeeded?: number;
  };
  problem?: string;
}

export interface Readiness {
  address: { verdict: 'ready' | 'blocked'; blockers: Blocker[] };
  accounts: {
    account: string;
    verdict: 'ready' | 'blocked';
    blockers: Blocker[];
    notes?: string[];
    calls?: Record<string, number>;
  }[];
}

export interface Blocker {
  kind: string;
  detail: string;
  count?: number;
  lastSeen?: string;
}

export interface Shadow {
  percent: number;
  counts: { match: number; mismatch: number; error: number; dropped: number };
  mismatches: {
    at: string;
    account: string;
    operation: string;
    why: string;
    legacy: { outcome: string; code: number | string };
    gateway: { outcome: string; code: number | string; gatewayCode?: string };
    parameters?: Record<string, unknown>;
  }[];
}

export interface Callers {
  callers: {
    account: string | null;
    clientAddress: string;
    userAgent: string;
    firstSeen: string;
    lastSeen: string;
    calls: Record<Backend | 'none', number>;
  }[];
  forgotten: number;
}

export type History = {
  when: string;
  who: string;
  why: string | null;
  what: string;
  account?: string;
  from: number | null;
  to: number | null;
}[];

export interface Call {
  at: string;
  requestId: string;
  route: string;
  account?: string;
  backend: Backend | 'none';
  reason?: string;
  fallbackFrom?: string;
  outcome: Outcome;
  code: number | string;
  durationMs: number;
  client: string;
  message?: string;
  [more: string]: unknown;
}
