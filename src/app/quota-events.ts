// What happens at the quota, told to metrics and the log. An operator must hear of it before clients do.
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import type { QuotaEvents, QuotaMode } from '../quota/quota.ts';

export interface QuotaListeners {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'quotaWaited' | 'quotaRefused' | 'quotaNearlyUsed' | 'quotaHeldBack'>;
}

/** @param listeners asked for with each event: the metrics are made after the quota that they show */
export function quotaEvents(listeners: () => QuotaListeners): QuotaEvents {
  return {
    waited: (action, ms) => listeners().metrics.quotaWaited(action, ms),
    refused: (_account, action, reason) => {
      // Who has hung up was not held back by us.
      if (reason !== 'left') listeners().metrics.quotaRefused(action);
    },
    nearlyUsed: ({ scope, account, action, used, limit }) => {
      const { metrics, log } = listeners();
      metrics.quotaNearlyUsed(scope, action);
      log.warn(
        { scope, account, action, used, limit },
        'a quota of the gateway is nearly used up: calls wait for their turn, and those that cannot make it are refused',
      );
    },
    heldBack: (account, action, limit) => {
      const { metrics, log } = listeners();
      metrics.quotaHeldBack(action);
      log.warn(
        { account, action, limit },
        'the gateway says that this account is over its rate, though not by our count: does anything else call it? going slower',
      );
    },
    released: (account, action, limit) => {
      listeners().log.info(
        { account, action, limit },
        'this account has its whole rate towards the gateway again',
      );
    },
    modeChanged: (mode) => {
      const [level, message] = modeMessages[mode];
      listeners().log[level]({ mode }, message);
    },
  };
}

const modeMessages = {
  own: ['info', "the gateway's quotas are kept by this replica alone"],
  shared: ['info', "the gateway's quotas are shared with the other replicas"],
  pause: [
    'warn',
    'the shared quotas are out of reach: calls to the gateway wait until what was given out before is over',
  ],
  share: [
    'warn',
    "the shared quotas are out of reach: this replica keeps to its share of the gateway's quotas",
  ],
} as const satisfies Record<QuotaMode, readonly ['info' | 'warn', string]>;
