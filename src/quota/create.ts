// Puts the quota together: one queue for each action, since the gateway counts each of its APIs by itself.
import { scheduleTimer, type Schedule } from './alarm.ts';
import type { Budgets } from './budgets.ts';
import { ActionQueue } from './action-queue.ts';
import { quotaActions, type Quota, type QuotaAction, type QuotaEvents, type QuotaRules } from './quota.ts';

export interface CreateQuotaOptions {
  /** Closed by whoever opened them, after the quota. */
  readonly budgets: Budgets;
  readonly rules: QuotaRules;
  /** `modeChanged` excepted: the books themselves say so, when they have more than one mode. */
  readonly events: QuotaEvents;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  readonly schedule?: Schedule;
  /** How many calls may wait in all. */
  readonly mostWaiting?: number;
}

const defaultMostWaiting = 10_000;
/** What a client is told when this server stops: time for a balancer to look elsewhere, ms. */
const afterCloseMs = 1_000;

export function createQuota(options: CreateQuotaOptions): Quota {
  const {
    budgets,
    events,
    monotonicMs,
    schedule = scheduleTimer,
    mostWaiting = defaultMostWaiting,
  } = options;
  let rules = options.rules;
  let isClosed = false;
  const crowd = { waiting: 0, most: mostWaiting };

  const queueFor = (action: QuotaAction) =>
    new ActionQueue({ action, budgets, rules: () => rules, events, monotonicMs, schedule, crowd });
  const queues = {
    apply: queueFor('apply'),
    query: queueFor('query'),
    revoke: queueFor('revoke'),
  } as const satisfies Record<QuotaAction, ActionQueue>;

  return {
    turn(account, action, waiting) {
      if (!isClosed) return queues[action].turn(account, waiting);
      events.refused(account, action, 'closed');
      return Promise.resolve({ kind: 'none', reason: 'closed', retryAfterMs: afterCloseMs });
    },
    spareTurn: (account, action) =>
      isClosed ? Promise.resolve(undefined) : queues[action].spareTurn(account),
    overflowed: (account, action) => queues[action].overflowed(account),
    reading() {
      const inUse = budgets.inUse();
      const usesOf = (action: QuotaAction) =>
        queues[action].uses(
          inUse.filter((use) => use.action === action).flatMap(({ account }) => account ?? []),
        );
      const { apply, query, revoke } = queues;
      return {
        mode: budgets.mode(),
        budgets: quotaActions.flatMap(usesOf),
        waiting: { apply: apply.waiting, query: query.waiting, revoke: revoke.waiting },
      };
    },
    configure(next) {
      rules = next;
      for (const action of quotaActions) queues[action].rulesChanged();
    },
    close() {
      isClosed = true;
      for (const action of quotaActions) queues[action].close();
    },
  };
}
