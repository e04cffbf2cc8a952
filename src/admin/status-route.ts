// `/api/status`: what an operator looks at first. Parts that do not exist in this release are absent, never invented.
import { shortRollout } from './rollout-body.ts';
import { answered, type Route } from './route.ts';
import type { BreakerReading, DialSource, QuotaReading, Scope, StatusFacts } from './sources.ts';

export interface StatusSources {
  readonly status: () => StatusFacts;
  readonly dial: Pick<DialSource, 'state' | 'problem'>;
  readonly observedPercent: () => number | null;
  /** ms since epoch. */
  readonly now: () => number;
}

/** What a shared store keeps is the fleet's; everything else is this replica's own. */
export function scopeOf({ kind }: StatusFacts['store']): Scope {
  return kind === 'redis' ? 'fleet' : 'replica';
}

export function statusRoute({ status, dial, observedPercent, now }: StatusSources): Route {
  return {
    method: 'GET',
    path: '/status',
    changes: false,
    answer: ({ visitor }) => {
      const { version, startedAtMs, ready, backends, store, ledgerTokens, quotas, breakers, rollout } =
        status();
      const { gatewayPercent, forced, version: dialVersion } = dial.state();
      const scope = scopeOf(store);
      return answered({
        version,
        startedAt: new Date(startedAtMs).toISOString(),
        uptimeSeconds: Math.max(0, Math.floor((now() - startedAtMs) / 1000)),
        ready,
        visitor: { name: visitor.name, role: visitor.role },
        backends,
        split: {
          gatewayPercent,
          forced,
          version: dialVersion,
          problem: dial.problem(),
          observedPercent: observedPercent(),
          scope,
          observedScope: 'replica' satisfies Scope,
        },
        store: { ...store, scope },
        ledger: { tokens: ledgerTokens, scope },
        quotas: quotasOf(quotas),
        breakers: breakers.map(breakerOf),
        rollout: { ...shortRollout(rollout), scope },
      });
    },
  };
}

function quotasOf({ mode, waiting, budgets }: QuotaReading) {
  return {
    mode,
    scope: mode === 'shared' ? 'fleet' : 'replica',
    waiting,
    waitingScope: 'replica' satisfies Scope,
    budgets: budgets.map(({ scope: of, limit, used, ...whose }) => ({
      of,
      ...whose,
      limit,
      used,
      left: Math.max(0, limit - used),
    })),
  };
}

function breakerOf({ sinceMs, ...reading }: BreakerReading) {
  return { ...reading, since: new Date(sinceMs).toISOString(), scope: 'replica' satisfies Scope };
}
