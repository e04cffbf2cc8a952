// `GET /api/calls`: the answered calls as they come.
import type { CallFeed } from './call-feed.ts';
import { streamCalls } from './call-stream.ts';
import type { Route } from './route.ts';

export function callsRoute(feed: CallFeed): Route {
  return {
    method: 'GET',
    path: '/calls',
    changes: false,
    answer: () => ({
      status: 200,
      stream: (response) =>
        streamCalls(feed, response)
          ? undefined
          : 'too many watch the calls already, or the server is stopping: close a console, or try again later',
    }),
  };
}
