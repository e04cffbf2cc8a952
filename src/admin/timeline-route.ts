// `GET /api/timeline`: the last hour of this replica, for the console's plots.
import { answered, type Route } from './route.ts';
import type { Scope } from './sources.ts';
import { mostPoints, stepSeconds, type Timeline } from './timeline.ts';

/** `?points=N`: only the newest N, which is what somebody needs who has asked before. */
export function timelineRoute(timeline: Pick<Timeline, 'points' | 'now'>): Route {
  return {
    method: 'GET',
    path: '/timeline',
    changes: false,
    answer: ({ query }) => {
      const most = pointsOf(query);
      if (most === undefined) {
        return { status: 400, message: `points must be a whole number from 0 to ${mostPoints}` };
      }
      return answered({
        stepSeconds,
        points: timeline.points(most),
        now: timeline.now(),
        scope: 'replica' satisfies Scope,
      });
    },
  };
}

function pointsOf(query: URLSearchParams): number | undefined {
  const [given = String(mostPoints), ...more] = query.getAll('points');
  const points = /^\d{1,3}$/.test(given) ? Number(given) : Infinity;
  return more.length === 0 && points <= mostPoints ? points : undefined;
}
