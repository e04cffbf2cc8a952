// The limits that the old service had (PROTOCOL section 1, last part), per account and route.
// It counts and judges; what a refused caller is told is said elsewhere.
import { SlidingWindow } from './sliding-window.ts';

export const legacyRoutes = ['apply', 'revoke', 'query'] as const;
export type LegacyRoute = (typeof legacyRoutes)[number];

/** `null` switches a limit off. */
export interface LegacyLimits {
  /** Calls per second and account. */
  readonly apply: number | null;
  /** Calls per second and account. */
  readonly query: number | null;
  /** Calls per minute and account. Off by default: trying things out needs more than the real service's one. */
  readonly revoke: number | null;
}

export const defaultLegacyLimits: LegacyLimits = { apply: 1_000, query: 1_000, revoke: null };

const windowMs = { apply: 1_000, query: 1_000, revoke: 60_000 } as const satisfies Record<
  LegacyRoute,
  number
>;

/** Rates of the emulated old service. As many windows as there are accounts and routes. */
export class LegacyQuotas {
  limits: LegacyLimits;
  readonly #windows = new Map<string, SlidingWindow>();

  constructor(limits: Partial<LegacyLimits> = {}) {
    this.limits = { ...defaultLegacyLimits, ...limits };
  }

  /** @param account name of a known account @returns whether the call is within the account's rate */
  admit(account: string, route: LegacyRoute, nowMs: number): boolean {
    const limit = this.limits[route];
    if (limit === null) return true;
    const key = `${route} ${account}`;
    const window = this.#windows.get(key) ?? new SlidingWindow(windowMs[route]);
    this.#windows.set(key, window);
    if (window.count(nowMs) >= limit) return false;
    window.add(nowMs);
    return true;
  }
}
