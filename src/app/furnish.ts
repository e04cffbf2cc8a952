// From a configuration to what a request is answered by. A reload furnishes anew; calls under way keep what they have.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Transport } from '../gateway/transport.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OldService } from '../legacy/old-service.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Quota } from '../quota/quota.ts';
import type { Breakers } from '../resilience/breakers.ts';
import { answerMarginMs } from '../resilience/deadline.ts';
import type { FallbackBudget } from '../resilience/fallback-budget.ts';
import { noReuse, type Reuse } from '../reuse/reuse.ts';
import type { Experiment } from '../shadow/experiment.ts';
import type { Dial } from '../split/dial.ts';
import { createAccounts, type Accounts } from './accounts.ts';
import { announcements } from './announcements.ts';
import { addressSet, createClientAddress } from './client-address.ts';
import { createGatewayLeg } from './gateway-leg.ts';
import { createGateways } from './gateways.ts';
import { guardedGateways } from './guarded-gateways.ts';
import { createLegacyLeg } from './legacy-leg.ts';
import { createOldServices } from './old-services.ts';
import { createShadowTap } from './shadow-tap.ts';
import type { House } from './token-routes.ts';

/** What outlives a reload. */
export interface Foundations {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly dial: Dial;
  readonly budget: FallbackBudget;
  readonly quota: Quota;
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
  const { metrics, ledger, dial, budget, oldService, breakers, now } = foundations;
  const { backends, split } = config;
  const gateways = createGateways(config, foundations);
  const accounts = createAccounts(config, guardedGateways(gateways.make, config, foundations));
  await gateways.warm();
  metrics.accountsConfigured(config.accounts.map(({ name }) => name));
  const admitted = addressSet(config.allowFrom);
  const gatewayMs = callMs(backends.gateway.timeoutMs, config);
  return {
    config,
    accounts,
    ledger,
    dial,
    split,
    metrics,
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
      timeoutMs: callMs(backends.legacy?.timeoutMs ?? 0, config),
    }),
    budget,
    shadow: createShadowTap(gateways.make, config, foundations, gatewayMs),
    clientAddress: createClientAddress(addressSet(config.trustProxy)),
    admits: (address) => admitted.isEmpty || admitted.has(address),
    deadlineMs: config.deadlineMs,
    failureStatus: config.answers.failureStatus,
    announcements: announcements(config.headers),
  };
}

/** No call can have more than the whole answer; cut here, so that a time-out is still held against its backend. */
function callMs(timeoutMs: number, { deadlineMs }: Config): number {
  return Math.min(timeoutMs, Math.max(1, deadlineMs - answerMarginMs));
}
