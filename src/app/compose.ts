// The composition root: every room is built and joined here, and nowhere else; what outlives a reload in
// open-foundations.ts. Opens no socket; proxy.ts does.
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createCallFeed } from '../admin/call-feed.ts';
import { createCallers } from '../admin/callers.ts';
import { createTimeline } from '../admin/timeline.ts';
import type { Config } from '../config/config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createObservedShare } from '../split/observed-share.ts';
import { adminSources } from './admin-sources.ts';
import { createAdminApp } from './admin-app.ts';
import { createCallRecorder } from './call-record.ts';
import { furnish } from './furnish.ts';
import { openFoundations } from './open-foundations.ts';
import { createPassOn } from './pass-on.ts';
import { createPublicApp } from './public-app.ts';
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
  /** Ends what would else be answered for ever: the streams of the admin API. */
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
  const onDefect = (error: unknown, requestId?: string) => {
    log.error({ requestId, stack: error instanceof Error ? error.stack : String(error) }, 'internal error');
  };
  const opened = await openFoundations({
    config,
    log,
    version,
    now,
    isReady,
    registry,
    inflight: () => tokenRoutes.inflight(),
    onDefect: (error) => onDefect(error),
  });
  const { foundations, store, rolling } = opened;
  const { dial, metrics, monotonicMs, oldService } = foundations;
  let house = await furnish(config, foundations).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  const observed = createObservedShare(monotonicMs);
  const callers = createCallers(now);
  const calls = createCallFeed();
  const weight = () => (house.config.backends.legacy ? dial.state().gatewayPercent : 100);
  const timeline = createTimeline(now, weight());
  dial.onChange(() => timeline.weightChanged(weight()));
  const record = createCallRecorder({
    metrics,
    observed,
    callers,
    calls,
    timeline,
    rates: rolling.rates,
    isSecret: (value) => house.accounts.isSecret(value),
    now,
    log,
  });
  const tokenRoutes = createTokenRoutes({ house: () => house, record, monotonicMs, onDefect });
  const told = { observed, rolling, callers, calls, timeline };
  const sources = { ...told, house: () => house, store, version, isReady, onDefect };
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
      api: adminSources({ ...foundations, ...sources }),
    }),
    metrics,
    adopt: async (next) => {
      // The former gateways are left to the calls that still use them: they hold no connection of their own.
      house = await furnish(next, foundations);
      await opened.configure(next);
      timeline.weightChanged(weight());
    },
    endStreams: () => calls.close(),
    close: async () => {
      // Calls of clients that have left go on, each within its time-outs; what they were given is still remembered.
      await tokenRoutes.whenIdle();
      await house.accounts.close();
      await opened.close();
    },
  };
}
