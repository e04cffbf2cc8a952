// The public listener: what old clients and load balancers reach. The order below is the whole story.
// The token routes stand in front of Express: that spares them its cost, and Express the sight of tokens in URLs.
import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { PassOn } from './pass-on.ts';
import { splitTarget } from './target.ts';
import type { TokenRoutes } from './token-routes.ts';

export interface PublicAppDependencies {
  readonly tokenRoutes: TokenRoutes;
  /** Takes every other path, while there is an old service to pass it to. */
  readonly passOn: PassOn;
  /** Configuration loaded, listeners open, not draining. */
  readonly isReady: () => boolean;
  readonly onDefect: (error: unknown) => void;
}

export function createPublicApp({
  tokenRoutes,
  passOn,
  isReady,
  onDefect,
}: PublicAppDependencies): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/-/healthy', alive);
  app.get('/-/ready', readiness(isReady));
  app.use(notFound);
  app.use(lastResort(onDefect));
  const others = withOriginForm(app);
  return (request, response) => {
    tokenRoutes.handle(request, response, () => {
      if (isOurs(request.url ?? '/')) others(request, response);
      else passOn(request, response, () => others(request, response));
    });
  };
}

/** What is for load balancers is never forwarded, whatever its method. */
function isOurs(url: string): boolean {
  return splitTarget(url).path.startsWith('/-/');
}

/** Hands over targets in origin form only: Node warns of an absolute form that it cannot parse by printing all of it. */
export function withOriginForm(app: RequestListener): RequestListener {
  return (request, response) => {
    const { path, queryString } = splitTarget(request.url ?? '/');
    request.url = `${path.startsWith('/') ? '' : '/'}${path}${queryString === '' ? '' : `?${queryString}`}`;
    app(request, response);
  };
}

/** Alive: the event loop turns. */
export const alive: RequestHandler = (_request, response) => {
  response.type('text/plain').send('ok\n');
};

export function readiness(isReady: () => boolean): RequestHandler {
  return (_request, response) => {
    const ready = isReady();
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'not ready\n');
  };
}

export const notFound: RequestHandler = (_request, response) => {
  response.status(404).json({ success: false, message: 'no such path', code: 404 });
};

/** Express's own error page would show a stack trace. */
export function lastResort(onDefect: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    onDefect(error);
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    const message = status < 500 ? 'the request cannot be read' : 'internal error';
    response.status(status).json({ success: false, message, code: status });
  };
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
