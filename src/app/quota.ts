// The quota of this process on top of the store it has: the fleet's budgets where replicas share a store, else its own.
import type { Config } from '../config/config.ts';
import type { Budgets } from '../quota/budgets.ts';
import { createQuota } from '../quota/create.ts';
import { createFleetBudgets } from '../quota/fleet-budgets.ts';
import { createOwnBudgets } from '../quota/own-budgets.ts';
import type { Quota, QuotaEvents } from '../quota/quota.ts';
import type { OpenStore } from '../store/open.ts';
import { quotaRules } from './quota-rules.ts';

export interface OpenQuotaOptions {
  readonly store: Pick<OpenStore, 'sharedBooks'>;
  readonly config: Config;
  readonly events: QuotaEvents;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

/** Shared books are told goodbye, which takes a moment. */
type ClosingBudgets = Omit<Budgets, 'close'> & { close(): void | Promise<void> };

export interface OpenQuota {
  readonly quota: Quota;
  configure(config: Config): void;
  /** Refuses what waits, and says goodbye to the other replicas. */
  close(): Promise<void>;
}

export function openQuota({ store, config, events, monotonicMs }: OpenQuotaOptions): OpenQuota {
  let { replicas } = config.limits;
  const surroundings = { replicas: () => replicas, monotonicMs };
  const budgets: ClosingBudgets =
    store.sharedBooks === undefined
      ? createOwnBudgets(surroundings)
      : createFleetBudgets({
          ...surroundings,
          books: store.sharedBooks,
          onMode: (mode) => events.modeChanged(mode),
        });
  const quota = createQuota({ budgets, rules: quotaRules(config), events, monotonicMs });
  return {
    quota,
    configure: (next) => {
      replicas = next.limits.replicas;
      quota.configure(quotaRules(next));
    },
    close: async () => {
      quota.close();
      await budgets.close();
    },
  };
}
