// What the admin API asks of the product, answered from the running house.
import type { AdminApiDependencies } from '../admin/api.ts';
import type { CallFeed } from '../admin/call-feed.ts';
import type { Callers } from '../admin/callers.ts';
import type { Timeline } from '../admin/timeline.ts';
import { isLoopback } from '../config/listener-checks.ts';
import { gatewayEndpoint } from '../gateway/endpoint.ts';
import type { ObservedShare } from '../split/observed-share.ts';
import type { Store } from '../store/store.ts';
import { explain } from './explain.ts';
import { readHistory } from './history.ts';
import type { RolloutJoints } from './rollout.ts';
import { readOldRequest } from './explain/old-request.ts';
import type { Foundations, FurnishedHouse } from './furnish.ts';

export interface AdminSourcesDependencies extends Foundations {
  readonly house: () => FurnishedHouse;
  readonly store: Store;
  readonly observed: ObservedShare;
  readonly rolling: Pick<RolloutJoints, 'rollout' | 'weights'>;
  readonly callers: Callers;
  readonly calls: CallFeed;
  readonly timeline: Timeline;
  readonly version: string;
  readonly isReady: () => boolean;
  readonly onDefect: (error: unknown) => void;
}

export function adminSources(dependencies: AdminSourcesDependencies): AdminApiDependencies {
  const { house, store, observed, callers, calls, timeline, version, isReady, onDefect, log, dial, ledger } =
    dependencies;
  const { now, monotonicMs, quota, breakers, readiness, experiment, rolling } = dependencies;
  const { rollout, weights } = rolling;
  const startedAtMs = now();
  return {
    accessRules: () => {
      const { tokens, host } = house().config.admin;
      return { tokens, onLoopback: isLoopback(host) };
    },
    onFailedLogIn: (failed) => log.warn(failed, 'admin token refused'),
    monotonicMs,
    now,
    onDefect,
    status: () => {
      const { legacy, gateway } = house().config.backends;
      return {
        version,
        startedAtMs,
        ready: isReady(),
        backends: {
          ...(legacy && { legacy: { url: legacy.url } }),
          gateway: { url: `${gateway.protocol}://${gatewayEndpoint(gateway)}` },
        },
        store: { kind: store.kind, ...store.health() },
        ledgerTokens: ledger.size(),
        quotas: quota.reading(),
        breakers: breakers.readings(),
        rollout: rollout.view(),
      };
    },
    dial,
    history: (most) => readHistory({ dial, store }, most),
    projections: (order) => weights.after(order),
    rollout,
    splitRules: () => {
      const { config, oldServices } = house();
      return {
        key: config.split.key,
        overrides: config.split.overrides,
        accounts: config.accounts.map((account) => ({
          name: account.name,
          hasOldService: oldServices.of(account) !== undefined,
        })),
        hasOldService: config.backends.legacy !== undefined,
      };
    },
    observedPercent: () => observed.percent(),
    callers,
    readiness: (sinceMs) => readiness.report(sinceMs),
    shadow: () => experiment.reading(),
    calls,
    timeline,
    explain: async (text, operation) => {
      const old = readOldRequest(text, operation);
      if (!old.ok) return { ok: false, problem: old.problem };
      const options = { config: house().config, nowMs: now(), dial: dial.state() };
      const explanation = await explain(old.operation, old.request, options);
      return { ok: true, explanation: { ...explanation, notes: old.notes } };
    },
  };
}
