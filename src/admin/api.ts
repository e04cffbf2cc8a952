// The admin API: its routes in one list, and what happens to a request before and after its route. Mounted at `/api`.
import { Router, type RequestHandler } from 'express';
import { callersRoute } from './callers-route.ts';
import type { Callers } from './callers.ts';
import type { CallFeed } from './call-feed.ts';
import { callsRoute } from './calls-route.ts';
import { explainRoute } from './explain-route.ts';
import { createGate, type GateDependencies } from './gate.ts';
import { bodyOf, readJsonBody } from './json-body.ts';
import { openApiDocument } from './openapi.ts';
import { readinessRoute } from './readiness-route.ts';
import { lastResort, noSuchRoute, refuse, wrongMethod } from './refusals.ts';
import { answered, type Route } from './route.ts';
import { rolloutRoutes } from './rollout-routes.ts';
import type { RolloutSource } from './rollout-sources.ts';
import type {
  DialSource,
  ExplainSource,
  HistoryChange,
  ProjectionSource,
  SplitRules,
  StatusFacts,
} from './sources.ts';
import type { ReadinessSource } from './readiness-sources.ts';
import type { ShadowReading } from './shadow-sources.ts';
import { shadowRoute } from './shadow-route.ts';
import { splitRoutes } from './split-routes.ts';
import { scopeOf, statusRoute } from './status-route.ts';
import type { Timeline } from './timeline.ts';
import { timelineRoute } from './timeline-route.ts';

export interface AdminApiDependencies extends GateDependencies {
  readonly status: () => StatusFacts;
  readonly dial: DialSource;
  /** Every change of weight or rollout, newest first. Rejects when the store cannot be read. */
  readonly history: (most: number) => Promise<readonly HistoryChange[]>;
  readonly projections: ProjectionSource;
  readonly rollout: RolloutSource;
  readonly splitRules: () => SplitRules;
  /** Percent of the apply calls of the last 60 s that the gateway answered; null without calls. */
  readonly observedPercent: () => number | null;
  readonly callers: Pick<Callers, 'list' | 'forgotten'>;
  readonly shadow: () => ShadowReading;
  /** The answered calls as they come. */
  readonly calls: CallFeed;
  readonly timeline: Pick<Timeline, 'points' | 'now'>;
  readonly explain: ExplainSource;
  readonly readiness: ReadinessSource;
  /** ms since epoch. */
  readonly now: () => number;
  /** An error that is ours, or the store's. */
  readonly onDefect: (error: unknown) => void;
}

/** Every route below `/api`; openapi.ts describes them. */
export function adminRoutes(dependencies: AdminApiDependencies): readonly Route[] {
  const { status, callers, calls, timeline, explain, readiness, rollout, shadow, now } = dependencies;
  const { onDefect: onStoreFailure } = dependencies;
  const scope = () => scopeOf(status().store);
  return [
    statusRoute(dependencies),
    ...splitRoutes({ ...dependencies, dialScope: scope, onStoreFailure }),
    ...rolloutRoutes({ rollout, scope, onStoreFailure }),
    callersRoute(callers),
    readinessRoute({ readiness, now, scope }),
    shadowRoute(shadow),
    callsRoute(calls),
    timelineRoute(timeline),
    explainRoute(explain),
    {
      method: 'GET',
      path: '/openapi.json',
      changes: false,
      answer: () => answered(openApiDocument(status().version)),
    },
  ];
}

const verbs = { GET: 'get', PUT: 'put', POST: 'post' } as const satisfies Record<Route['method'], string>;

/** The admin API as a router for `/api`. */
export function createAdminApi(dependencies: AdminApiDependencies): Router {
  const gate = createGate(dependencies);
  const routes = adminRoutes(dependencies);
  const router = Router({ caseSensitive: true });

  router.use(headers, gate.letIn);
  for (const route of routes) {
    const before = [
      ...(route.changes ? [gate.writersOnly] : []),
      ...(route.method === 'GET' ? [] : readJsonBody),
    ];
    router[verbs[route.method]](route.path, ...before, async (request, response) => {
      const [, query = ''] = request.originalUrl.split('?', 2);
      const answer = await route.answer({
        body: bodyOf(request),
        query: new URLSearchParams(query),
        visitor: gate.visitorOf(request),
      });
      if (answer.status !== 200) return refuse(response, answer.status, answer.message);
      if ('body' in answer) return void response.json(answer.body);
      if (request.method === 'HEAD') return void response.type('text/event-stream').end();
      const problem = answer.stream(response);
      if (problem !== undefined) refuse(response, 503, problem);
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    router.all(
      path,
      wrongMethod(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))),
    );
  }
  router.use(noSuchRoute);
  router.use(lastResort(dependencies.onDefect));
  return router;
}

/** Answers are of the moment, for whoever asked: not for caches, and not for other web pages to embed. */
const headers: RequestHandler = (_request, response, next) => {
  response.set({
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  next();
};
