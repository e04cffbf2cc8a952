// `/api/callers`: who still calls, last seen first.
import type { Callers } from './callers.ts';
import { answered, type Route } from './route.ts';
import type { Scope } from './sources.ts';

export function callersRoute(callers: Pick<Callers, 'list' | 'forgotten'>): Route {
  return {
    method: 'GET',
    path: '/callers',
    changes: false,
    answer: () =>
      answered({
        scope: 'replica' satisfies Scope,
        forgotten: callers.forgotten(),
        callers: callers.list().map(({ firstSeenMs, lastSeenMs, ...caller }) => ({
          ...caller,
          firstSeen: new Date(firstSeenMs).toISOString(),
          lastSeen: new Date(lastSeenMs).toISOString(),
        })),
      }),
  };
}
