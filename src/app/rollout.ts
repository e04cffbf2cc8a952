// The rollout joined to the running house: what it reads there, what it tells, and its clockwork.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { answersAtAll } from '../legacy/probe.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Breakers } from '../resilience/breakers.ts';
import type { RolloutChange } from '../rollout/change.ts';
import { openRollout } from '../rollout/controller.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { isUnderwayState } from '../rollout/status.ts';
import { keepTicking } from '../rollout/ticking.ts';
import { createCallRates, type CallRates } from '../split/call-rates.ts';
import type { Dial } from '../split/dial.ts';
import { createFleetRates } from '../split/fleet-rates.ts';
import { misfitsAmong } from '../split/projection.ts';
import type { Quota } from '../quota/quota.ts';
import type { Store } from '../store/store.ts';
import { createFirstChoices, type FirstChoices } from './first-choices.ts';
import { createOldServices } from './old-services.ts';
import { createOldServiceWatch } from './old-service-watch.ts';
import { createWeights, type Weights } from './weights.ts';

export interface RolloutJoints {
  readonly rollout: Rollout;
  readonly firstChoices: FirstChoices;
  readonly rates: Pick<CallRates, 'called'>;
  readonly weights: Weights;
  close(): Promise<void>;
}

export interface RolloutDependencies {
  /** Of this moment. */
  readonly config: () => Config;
  readonly store: Store;
  readonly dial: Dial;
  readonly quota: Quota;
  readonly breakers: Breakers;
  readonly metrics: () => Pick<Metrics, 'rolloutMoved'>;
  readonly log: Logger;
  /** ms since epoch. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

const tickMs = 1_000;
/** How often rates are shared with other replicas, and old services are probed while a rollout is under way, ms. */
const sharingMs = 5_000;
const probingMs = 2_000;

export async function joinRollout(dependencies: RolloutDependencies): Promise<RolloutJoints> {
  const { config, store, dial, quota, breakers, metrics, log, now, monotonicMs } = dependencies;
  const replicaId = randomUUID();
  const rates = createCallRates(monotonicMs);
  const fleet = createFleetRates({ store, own: rates, replicaId, now });
  const isShared = store.kind === 'redis';
  const known = isShared ? fleet : rates;
  const weights = createWeights({ config, rates: () => known.busiest(), dial, quota });
  const watch = createOldServiceWatch({
    urls: () => oldServiceUrls(config()),
    breakers,
    probe: answersAtAll,
    monotonicMs,
  });
  const rollout = await openRollout(config().rollout, {
    store,
    dial,
    health: {
      // Not while half open: at weight 0 nobody would make the call that closes it, and no rollout could start again.
      gatewayBreakerOpen: () => breakers.worst('gateway', 'apply') === 'open',
      oldService: () => watch.state(),
    },
    misfitsAt: (gatewayPercent) => misfitsAmong(weights.after({ kind: 'weight', gatewayPercent })),
    now,
    monotonicMs,
    replicaId,
    transitioned: (change) => {
      metrics().rolloutMoved(change.toState);
      logTransition(change, log);
    },
    log: (level, message) => log[level](message),
  });
  const endings = [
    keepTicking(rollout, tickMs),
    keepTicking(
      { tick: async () => (isUnderwayState(rollout.view().state) ? watch.look() : undefined) },
      probingMs,
    ),
    // Another replica's figures are worth nothing more than a guess: a store that fails is told of elsewhere.
    ...(isShared ? [keepTicking({ tick: () => fleet.share().catch(() => undefined) }, sharingMs)] : []),
  ];
  return {
    rollout,
    firstChoices: createFirstChoices(rollout, watch),
    rates,
    weights,
    close: async () => {
      for (const end of endings) end();
      await rollout.close();
    },
  };
}

function oldServiceUrls(config: Config): ReadonlySet<string> {
  const oldServices = createOldServices(config);
  return new Set(config.accounts.flatMap((account) => oldServices.of(account) ?? []));
}

function logTransition({ urgent, evidence, ...change }: RolloutChange, log: Logger): void {
  const { by, reason, kind, from, to, fromState, toState, step } = change;
  const facts = { kind, by, reason, fromState, toState, step: step + 1, from, to, evidence };
  log[urgent ? 'error' : 'info'](facts, `rollout ${toState}: ${reason}`);
}
