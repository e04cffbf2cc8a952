// The composition root: every room is built and joined here, and nowhere else. Opens no socket; proxy.ts does.
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createCallFeed } from '../admin/call-feed.ts';
import { createCallers } from '../admin/callers.ts';
import { createTimeline } from '../admin/timeline.ts';
import type { Config } from '../config/config.ts';
import { createTransport } from '../gateway/transport.ts';
import { hashToken } from '../ledger/ledger.ts';
import { createLedger } from '../ledger/stored.ts';
import { createOldService } from '../legacy/forward.ts';
import type { BreakerFigures, Metrics } from '../metrics/metrics.ts';
import { createMetrics } from '../metrics/prometheus.ts';
import { actions, createBreakers, type Breakers } from '../resilience/breakers.ts';
import { createFallbackBudget } from '../resilience/fallback-budget.ts';
import { createReuse } from '../reuse/reuse.ts';
import { createObservedShare } from '../split/observed-share.ts';
import { openDial } from '../split/stored-dial.ts';
import { openStore } from '../store/open.ts';
import type { StoreLog } from '../store/store.ts';
import { adminSources } from './admin-sources.ts';
import { createAdminApp } from './admin-app.ts';
import { breakerEvents } from './breaker-events.ts';
import { createCallRecorder } from './call-record.ts';
import { destinationsOf } from './destinations.ts';
import { furnish, type Foundations } from './furnish.ts';
import { createPassOn } from './pass-on.ts';
import { createPublicApp } from './public-app.ts';
import { quotaEvents } from './quota-events.ts';
import { openQuota } from './quota.ts';
import { createTokenRoutes } from './token-routes.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** ms since epoch. */
  readonly now?: () => number;
  readonly isReady: () => boolean;
}

export interface Composition {
  readonly publicApp: RequestListener;
  readonly adminApp: RequestListener;
  readonly metrics: Metrics;
  /** Replaces accounts, gateways, split and limits; calls under way finish with what they began with. */
  adopt(config: Config): Promise<void>;
  /** Ends the streams of the admin API, which would keep their connections open for ever. */
  endStreams(): void;
  /** To be called when no new call can come any more; waits for those under way. */
  close(): Promise<void>;
}

/**
 * Builds the product for a configuration. Resolves when its credentials have been tried once.
 * @throws StoreError when the store cannot be opened
 */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const { config, log, version, now = Date.now, isReady } = options;
  const registry = new Registry();
  const tell: StoreLog = (level, message) => log[level](message);
  const store = await openStore(config.store, { now, log: tell });
  const ledger = createLedger(store, { now });
  const dial = await openDial(store, { ...fileWeight(config), now, log: tell });
  const monotonicMs = () => performance.now();
  const openedQuota = openQuota({
    store,
    config,
    events: quotaEvents(() => ({ log, metrics })),
    monotonicMs,
  });
  const { quota } = openedQuota;
  const breakers = createBreakers(config.breaker, { monotonicMs, now, changed: breakerEvents(log) });
  const reuse = createReuse({
    toleranceMs: () => house.config.reuse.toleranceMs,
    isGood: async (token) => {
      const record = await ledger.find(hashToken(token));
      return record !== undefined && record.revokedAtMs === undefined;
    },
    now,
  });
  const oldService = createOldService();
  const transport = createTransport();
  const metrics = createMetrics(registry, {
    version,
    inflight: () => tokenRoutes.inflight(),
    ledgerTokens: () => ledger.size(),
    storeUp: () => (store.health().up ? 1 : 0),
    storeErrors: () => store.health().errors,
    accountLabels: config.metrics.accounts,
    quota: () => quota.reading(),
    breakers: () => breakerFigures(breakers),
  });
  const budget = createFallbackBudget(monotonicMs);
  const foundations: Foundations = {
    log,
    metrics,
    ledger,
    dial,
    budget,
    quota,
    breakers,
    reuse,
    transport,
    oldService,
    now,
    monotonicMs,
  };
  let house = await furnish(config, foundations).catch(async (error: unknown) => {
    await openedQuota.close();
    await dial.close();
    await store.close();
    throw error;
  });
  const timeline = createTimeline(now, dial.state().gatewayPercent);
  const showWeight = () => {
    const percent = house.config.backends.legacy ? dial.state().gatewayPercent : 100;
    metrics.weightChanged(percent / 100);
    timeline.weightChanged(percent);
  };
  dial.onChange(showWeight);
  showWeight();

  const onDefect = (error: unknown, requestId?: string) => {
    log.error({ requestId, stack: error instanceof Error ? error.stack : String(error) }, 'internal error');
  };
  const observed = createObservedShare(monotonicMs);
  const callers = createCallers(now);
  const calls = createCallFeed();
  const record = createCallRecorder({
    metrics,
    observed,
    callers,
    calls,
    timeline,
    isSecret: (value) => house.accounts.isSecret(value),
    now,
    log,
  });
  const tokenRoutes = createTokenRoutes({ house: () => house, record, monotonicMs, onDefect });
  return {
    publicApp: createPublicApp({
      tokenRoutes,
      passOn: createPassOn({ house: () => house, oldService, log }),
      isReady,
      onDefect,
    }),
    adminApp: createAdminApp({
      registry,
      isReady,
      onDefect,
      api: adminSources({
        ...foundations,
        house: () => house,
        store,
        observed,
        callers,
        calls,
        timeline,
        version,
        isReady,
        onDefect,
      }),
    }),
    metrics,
    adopt: async (next) => {
      // The former gateways are left to the calls that still use them: they hold no connection of their own.
      house = await furnish(next, foundations);
      openedQuota.configure(next);
      breakers.configure(next.breaker, destinationsOf(next));
      const { gatewayPercent, gatewayPercentIsSet } = next.split;
      if (gatewayPercentIsSet) await dial.order({ kind: 'file', gatewayPercent }, { by: 'file' });
      showWeight();
    },
    endStreams: () => calls.close(),
    close: async () => {
      // Calls of clients that have left go on, each within its time-outs; what they were given is still remembered.
      await tokenRoutes.whenIdle();
      await openedQuota.close();
      await dial.close();
      await house.accounts.close();
      await transport.close();
      await oldService.close();
      await store.close();
    },
  };
}

function breakerFigures(breakers: Breakers): BreakerFigures[] {
  return (['legacy', 'gateway'] as const).flatMap((backend) =>
    actions.map((action) => ({ backend, action, state: breakers.worst(backend, action) })),
  );
}

function fileWeight({ split }: Config): { filePercent: number; filePercentIsSet: boolean } {
  return { filePercent: split.gatewayPercent, filePercentIsSet: split.gatewayPercentIsSet };
}
