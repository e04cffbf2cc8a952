// From a configuration to what a request is answered by. A reload furnishes anew; calls under way keep what they have.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Transport } from '../gateway/transport.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OldService } from '../legacy/old-service.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Quota } from '../quota/quota.ts';
import type { Readiness } from '../readiness/readiness.ts';
import type { Breakers } from '../resilience/breakers.ts';
import type { FallbackBudget } from '../resilience/fallback-budget.ts';
import { noReuse, type Reuse } from '../reuse/reuse.ts';
import type { Experiment } from '../shadow/experiment.ts';
import type { Dial } from '../split/dial.ts';
import { createAccounts, type Accounts } from './accounts.ts';
import { announcements } from './announcements.ts';
import { callMs } from './call-limits.ts';
import { addressSet, createClientAddress } from './client-address.ts';
import type { FirstChoices } from './first-choices.ts';
import { createGatewayLeg } from './gateway-leg.ts';
import { createGateways } from './gateways.ts';
import { guardedGateways } from './guarded-gateways.ts';
import { createLegacyLeg } from './legacy-leg.ts';
import { createOldServices } from './old-services.ts';
import type { ReadinessWatch } from './readiness-watch.ts';
import { createShadowTap } from './shadow-tap.ts';
import type { House } from './token-routes.ts';
import { watchedGateways } from './watched-gateways.ts';

/** What outlives a reload. */
export interface Foundations {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly dial: Dial;
  readonly budget: FallbackBudget;
  readonly firstChoices: FirstChoices;
  readonly quota: Quota;
  readonly readiness: Readiness;
  readonly watch: ReadinessWatch;
  readonly breakers: Breakers;
  /** In force where the configuration says so. */
  readonly reuse: Reuse;
  /** Configured by whoever adopts a configuration. */
  readonly experiment: Experiment;
  readonly transport: Transport;
  readonly oldService: OldService;
  /** ms since epoch. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

export interface FurnishedHouse extends House {
  readonly accounts: Accounts;
  readonly config: Config;
}

/** Resolves when the credentials of every account have been tried once. */
export async function furnish(config: Config, foundations: Foundations): Promise<FurnishedHouse> {
  const { metrics, ledger, dial, budget, firstChoices, oldService, breakers, readiness, watch, now } =
    foundations;
  const { backends, split } = config;
  const gateways = createGateways(config, foundations);
  const guarded = guardedGateways(gateways.make, config, foundations);
  const accounts = createAccounts(config, watchedGateways(guarded, readiness));
  await gateways.warm();
  metrics.accountsConfigured(config.accounts.map(({ name }) => name));
  const admitted = addressSet(config.allowFrom);
  const gatewayMs = callMs(backends.gateway.timeoutMs, config.deadlineMs);
  return {
    config,
    accounts,
    ledger,
    dial,
    split,
    metrics,
    watch,
    now,
    randomId: randomUUID,
    oldServices: createOldServices(config),
    unknownAccounts: split.unknownAccounts,
    gatewayLeg: createGatewayLeg({
      ledger,
      reuse: config.reuse.enabled ? foundations.reuse : noReuse,
      metrics,
      now,
      timeoutMs: gatewayMs,
    }),
    legacyLeg: createLegacyLeg({
      oldService,
      breakers,
      ledger,
      metrics,
      now,
      timeoutMs: callMs(backends.legacy?.timeoutMs ?? 0, config.deadlineMs),
    }),
    budget,
    firstChoices,
    shadow: createShadowTap(watchedGateways(gateways.make, readiness), config, foundations, gatewayMs),
    clientAddress: createClientAddress(addressSet(config.trustProxy)),
    admits: (address) => admitted.isEmpty || admitted.has(address),
    deadlineMs: config.deadlineMs,
    failureStatus: config.answers.failureStatus,
    announcements: announcements(config.headers),
  };
}
