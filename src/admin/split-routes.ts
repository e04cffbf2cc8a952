// `/api/split`: what the split does now, and the orders of operators. `/api/history`: what it did before.
import { answered, type Answer, type Route } from './route.ts';
import { stepNumber } from './rollout-body.ts';
import type {
  DialReading,
  DialSource,
  HistoryChange,
  ProjectionSource,
  Scope,
  SplitRules,
} from './sources.ts';
import { readSplitOrder } from './split-order.ts';
import { splitPreviewRoute, warningsOf } from './split-preview.ts';

export interface SplitSources {
  readonly dial: DialSource;
  /** Every change, newest first. Rejects when the store cannot be read. */
  readonly history: (most: number) => Promise<readonly HistoryChange[]>;
  readonly projections: ProjectionSource;
  readonly splitRules: () => SplitRules;
  /** Percent of the last 60 s, this replica's; null without calls. */
  readonly observedPercent: () => number | null;
  /** Whether the dial is shared. */
  readonly dialScope: () => Scope;
  /** An order that could not be kept, or a history that could not be read, for the log. */
  readonly onStoreFailure: (error: unknown) => void;
}

const usualHistory = 100;
const mostHistory = 1_000;

export function splitRoutes(sources: SplitSources): readonly Route[] {
  const { dial } = sources;
  return [
    {
      method: 'GET',
      path: '/split',
      changes: false,
      answer: async () => answered(await splitBody(dial.state(), sources)),
    },
    splitPreviewRoute(sources),
    {
      method: 'PUT',
      path: '/split',
      changes: true,
      answer: async ({ body, visitor }) => {
        const rules = sources.splitRules();
        const read = readSplitOrder(body, rules, dial.state().accounts);
        if (!read.ok) return { status: 400, message: read.message };
        const { order, reason } = read;
        const conflict = conflictOf(rules, order.kind === 'account' ? order.account : undefined);
        if (conflict !== undefined) return { status: 409, message: conflict };
        // Said, never in the way: an operator's order is not held back by a guard.
        const warnings = warningsOf(sources.projections(order));
        let state: DialReading;
        try {
          state = await dial.order(order, { by: visitor.name, ...(reason !== undefined && { reason }) });
        } catch (error) {
          sources.onStoreFailure(error);
          return unkept;
        }
        return answered({ ...(await splitBody(state, sources)), warnings });
      },
    },
    {
      method: 'GET',
      path: '/history',
      changes: false,
      answer: async ({ query }) => {
        const limit = limitOf(query);
        if (limit === undefined) {
          return { status: 400, message: `limit must be a whole number from 1 to ${mostHistory}` };
        }
        try {
          return answered((await sources.history(limit)).map(changeBody));
        } catch (error) {
          sources.onStoreFailure(error);
          return unread;
        }
      },
    },
  ];
}

const unkept: Answer = {
  status: 503,
  message:
    'the store did not confirm the order: nothing has changed so far, see /api/split before you repeat it',
};

const unread: Answer = {
  status: 503,
  message: 'the history cannot be read from the store: see store in /api/status',
};

/** Why an order makes no sense here; undefined when it does. */
function conflictOf(
  { hasOldService, accounts }: SplitRules,
  account: string | undefined,
): string | undefined {
  if (!hasOldService) return 'there is no old service (backends.legacy): the gateway serves every call';
  const named = accounts.find(({ name }) => name === account);
  return named?.hasOldService === false
    ? `account "${named.name}" has no old service: the gateway serves every call of it`
    : undefined;
}

async function splitBody(state: DialReading, sources: SplitSources): Promise<object> {
  const { gatewayPercent, forced, accounts, version } = state;
  const { key, overrides, hasOldService } = sources.splitRules();
  return {
    gatewayPercent,
    forced,
    accounts: Object.entries(accounts)
      .map(([account, percent]) => ({ account, gatewayPercent: percent }))
      .sort((one, other) => (one.account < other.account ? -1 : 1)),
    overrides,
    observedPercent: sources.observedPercent(),
    key,
    version,
    changedAt: await lastChangeOf(sources.dial),
    problem: sources.dial.problem(),
    hasOldService,
    scope: sources.dialScope(),
    observedScope: 'replica' satisfies Scope,
  };
}

/** Left out where there was no change yet, or where the store does not tell: the dial itself is known all the same. */
async function lastChangeOf(dial: DialSource): Promise<string | undefined> {
  try {
    const [newest] = await dial.history(1);
    return newest === undefined ? undefined : iso(newest.atMs);
  } catch {
    return undefined;
  }
}

function changeBody({
  atMs,
  by,
  reason,
  kind,
  account,
  from,
  to,
  version,
  ...rollout
}: HistoryChange): object {
  const { toState, step, evidence } = rollout;
  return {
    when: iso(atMs),
    who: by,
    why: reason ?? null,
    what: kind,
    account,
    from,
    to,
    version,
    state: toState,
    ...(step !== undefined && { step: stepNumber(step) }),
    evidence,
  };
}

function limitOf(query: URLSearchParams): number | undefined {
  const [given = String(usualHistory), ...more] = query.getAll('limit');
  const limit = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  return more.length === 0 && limit >= 1 && limit <= mostHistory ? limit : undefined;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
