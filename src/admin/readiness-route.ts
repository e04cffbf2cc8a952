// `/api/readiness`: which accounts could be served by the gateway alone, and what speaks against the others.
import { answered, type Route } from './route.ts';
import type { ReadinessSource, ReadinessVerdict } from './readiness-sources.ts';
import type { Scope } from './sources.ts';

export interface ReadinessRouteSources {
  readonly readiness: ReadinessSource;
  readonly scope: () => Scope;
  /** ms since epoch. */
  readonly now: () => number;
}

const nonsense =
  'since must be a time such as 2026-11-20T08:00:00Z, not in the future, or a duration such as 15m or 2h';

export function readinessRoute({ readiness, scope, now }: ReadinessRouteSources): Route {
  return {
    method: 'GET',
    path: '/readiness',
    changes: false,
    answer: async ({ query }) => {
      const since = query.get('since');
      const wantedMs = since === null ? undefined : momentOf(since, now());
      if (wantedMs !== undefined && !(wantedMs <= now())) return { status: 400, message: nonsense };
      const { sinceMs, address, accounts, problem } = await readiness(wantedMs);
      return answered({
        since: new Date(sinceMs).toISOString(),
        scope: scope(),
        ...(problem !== undefined && { problem }),
        address: shown(address),
        accounts: accounts.map(({ account, calls, ...verdict }) => ({ account, ...shown(verdict), calls })),
      });
    },
  };
}

function shown({ verdict, blockers, notes, peak }: ReadinessVerdict): object {
  return {
    verdict,
    blockers: blockers.map(({ lastSeenMs, ...blocker }) => ({
      ...blocker,
      ...(lastSeenMs !== undefined && { lastSeen: new Date(lastSeenMs).toISOString() }),
    })),
    notes,
    peak,
  };
}

const durationForm = /^(\d{1,6})(s|m|h|d)$/;
const timeForm = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;
const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** ms since epoch; NaN for what is neither a time nor a duration. */
function momentOf(text: string, nowMs: number): number {
  const [, amount, unit] = durationForm.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * unitsMs[unit as keyof typeof unitsMs];
  // A `+` of an offset that was not escaped arrives as a space.
  const time = text.replace(' ', '+');
  return timeForm.test(time) ? Date.parse(time) : Number.NaN;
}
