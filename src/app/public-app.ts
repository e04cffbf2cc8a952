// The public listener's Express app: what old clients and load balancers reach. The order below is the whole story.
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { NodeHandler } from './token-routes.ts';

export interface PublicAppDependencies {
  readonly tokenRoutes: NodeHandler;
  /** Configuration loaded, listeners open, not draining. */
  readonly isReady: () => boolean;
  readonly onDefect: (error: unknown) => void;
}

export function createPublicApp({ tokenRoutes, isReady, onDefect }: PublicAppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(tokenRoutes);
  app.get('/-/healthy', alive);
  app.get('/-/ready', readiness(isReady));
  app.use(notFound);
  app.use(lastResort(onDefect));
  return app;
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
