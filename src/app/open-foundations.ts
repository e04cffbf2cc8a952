// Opens what outlives a reload: the store and all that is kept in it, quota, breakers, the rollout, metrics. In the order in
// which they need each other, and closed the other way round.
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { createTransport } from '../gateway/transport.ts';
import { hashToken } from '../ledger/ledger.ts';
import { createLedger } from '../ledger/stored.ts';
import { createOldService } from '../legacy/forward.ts';
import { createMetrics } from '../metrics/prometheus.ts';
import { createBreakers } from '../resilience/breakers.ts';
import { createFallbackBudget } from '../resilience/fallback-budget.ts';
import { createReuse } from '../reuse/reuse.ts';
import { createExperiment } from '../shadow/experiment.ts';
import { openDial } from '../split/stored-dial.ts';
import { openStore } from '../store/open.ts';
import type { Store, StoreLog } from '../store/store.ts';
import { breakerEvents, breakerFigures } from './breaker-events.ts';
import { destinationsOf } from './destinations.ts';
import type { Foundations } from './furnish.ts';
import { quotaEvents } from './quota-events.ts';
import { openQuota } from './quota.ts';
import { createReadinessWatch } from './readiness-watch.ts';
import { openReadiness } from './readiness.ts';
import { joinRollout, type RolloutJoints } from './rollout.ts';
import { shadowEvents } from './shadow-events.ts';

export interface OpenFoundationsOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** ms since epoch. */
  readonly now: () => number;
  readonly isReady: () => boolean;
  readonly registry: Registry;
  /** Requests being worked on; asked for with each scrape. */
  readonly inflight: () => number;
  readonly onDefect: (error: unknown) => void;
}

export interface OpenFoundations {
  readonly foundations: Foundations;
  readonly store: Store;
  readonly rolling: RolloutJoints;
  /** Another configuration is in force. Resolves when its weight is. */
  configure(next: Config): Promise<void>;
  /** To be called when no call is being worked on any more. */
  close(): Promise<void>;
}

/** @throws StoreError when the store cannot be opened */
export async function openFoundations(options: OpenFoundationsOptions): Promise<OpenFoundations> {
  const { config, log, version, now, isReady, registry, inflight, onDefect } = options;
  let inForce = config;
  const tell: StoreLog = (level, message) => log[level](message);
  const monotonicMs = () => performance.now();
  const store = await openStore(config.store, { now, log: tell });
  const ledger = createLedger(store, { now });
  const dial = await openDial(store, { ...fileWeight(config), now, log: tell });
  const events = quotaEvents(() => ({ log, metrics }));
  const openedQuota = openQuota({ store, config, events, monotonicMs });
  const { quota } = openedQuota;
  const breakers = createBreakers(config.breaker, { monotonicMs, now, changed: breakerEvents(log) });
  const openedReadiness = openReadiness({ store, config, now, log: tell });
  const { readiness } = openedReadiness;
  const reuse = createReuse({
    toleranceMs: () => inForce.reuse.toleranceMs,
    nameOf: hashToken,
    isGood: (name) => ledger.isGood(name),
    now,
  });
  const experiment = createExperiment({
    rules: config.shadow,
    isOpen: isReady,
    random: Math.random,
    monotonicMs,
    concluded: shadowEvents(() => ({ log, metrics, readiness })),
    onDefect,
  });
  const metrics = createMetrics(registry, {
    version,
    inflight,
    ledgerTokens: () => ledger.size(),
    storeUp: () => (store.health().up ? 1 : 0),
    storeErrors: () => store.health().errors,
    accountLabels: config.metrics.accounts,
    quota: () => quota.reading(),
    breakers: () => breakerFigures(breakers),
    rollout: () => rolling.rollout.view(),
  });
  const common = { log, now, monotonicMs };
  const shared = { ...common, store, dial, quota, breakers };
  const rolling = await joinRollout({ ...shared, config: () => inForce, metrics: () => metrics });
  const transport = createTransport();
  const oldService = createOldService();
  const showWeight = () =>
    metrics.weightChanged(inForce.backends.legacy ? dial.state().gatewayPercent / 100 : 1);
  dial.onChange(showWeight);
  showWeight();

  return {
    foundations: {
      ...common,
      metrics,
      ledger,
      dial,
      budget: createFallbackBudget(monotonicMs),
      firstChoices: rolling.firstChoices,
      quota,
      readiness,
      watch: createReadinessWatch({ readiness, now, onDefect }),
      breakers,
      reuse,
      experiment,
      transport,
      oldService,
    },
    store,
    rolling,
    configure: async (next) => {
      inForce = next;
      openedQuota.configure(next);
      openedReadiness.configure(next);
      breakers.configure(next.breaker, destinationsOf(next));
      rolling.rollout.configure(next.rollout);
      experiment.configure(next.shadow);
      const { gatewayPercent, gatewayPercentIsSet } = next.split;
      if (gatewayPercentIsSet) await dial.order({ kind: 'file', gatewayPercent }, { by: 'file' });
      showWeight();
    },
    close: async () => {
      await experiment.close();
      await openedQuota.close();
      await rolling.close();
      await openedReadiness.close();
      await dial.close();
      await transport.close();
      await oldService.close();
      await store.close();
    },
  };
}

function fileWeight({ split }: Config): { filePercent: number; filePercentIsSet: boolean } {
  return { filePercent: split.gatewayPercent, filePercentIsSet: split.gatewayPercentIsSet };
}
