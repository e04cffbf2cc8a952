// The composition root: every room is built and joined here, and nowhere else. Opens no socket; proxy.ts does.
import type { Express } from 'express';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { createTransport } from '../gateway/transport.ts';
import { createMemoryLedger } from '../ledger/memory.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { createAccounts } from './accounts.ts';
import { createAdminApp } from './admin-app.ts';
import { createCallRecorder } from './call-record.ts';
import { createGatewayLeg } from './gateway-leg.ts';
import { createGateways } from './gateways.ts';
import { createPublicApp } from './public-app.ts';
import { createTokenRoutes, type House } from './token-routes.ts';

export interface ComposeOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly version: string;
  /** ms since epoch. */
  readonly now?: () => number;
  readonly isReady: () => boolean;
}

export interface Composition {
  readonly publicApp: Express;
  readonly adminApp: Express;
  readonly metrics: Metrics;
  /** Replaces accounts, gateways and limits; calls under way finish with what they began with. */
  adopt(config: Config): Promise<void>;
  /** To be called when no call is under way any more. */
  close(): Promise<void>;
}

/** Builds the product for a configuration. Resolves when its credentials have been tried once. */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const { log, version, now = Date.now, isReady } = options;
  const registry = new Registry();
  const ledger = createMemoryLedger({ now });
  const transport = createTransport();
  let inflight = 0;
  const metrics = createMetrics(registry, {
    version,
    inflight: () => inflight,
    ledgerTokens: () => ledger.size(),
    accountLabels: options.config.metrics.accounts,
  });

  const furnish = async (config: Config): Promise<House> => {
    const gateways = createGateways(config, { transport, metrics, log, now });
    const accounts = createAccounts(config, gateways.make);
    await gateways.warm();
    metrics.accountsConfigured(config.accounts.map(({ name }) => name));
    metrics.weightChanged(1);
    return {
      accounts,
      now,
      serveByGateway: createGatewayLeg({ ledger, now, timeoutMs: config.backends.gateway.timeoutMs }),
      deadlineMs: config.deadlineMs,
      failureStatus: config.answers.failureStatus,
    };
  };

  let house = await furnish(options.config);
  const onDefect = (error: unknown, requestId?: string) => {
    log.error({ requestId, stack: error instanceof Error ? error.stack : String(error) }, 'internal error');
  };
  const tokenRoutes = createTokenRoutes({
    house: () => house,
    record: createCallRecorder(metrics, log),
    monotonicMs: () => performance.now(),
    onDefect,
  });
  return {
    publicApp: createPublicApp({
      tokenRoutes: (request, response, next) => {
        inflight += 1;
        response.once('close', () => (inflight -= 1));
        tokenRoutes(request, response, next);
      },
      isReady,
      onDefect,
    }),
    adminApp: createAdminApp({ registry, isReady, onDefect }),
    metrics,
    adopt: async (config) => {
      // The former gateways are left to the calls that still use them: they hold no connection of their own.
      house = await furnish(config);
    },
    close: async () => {
      await house.accounts.close();
      await transport.close();
      await ledger.close();
    },
  };
}
