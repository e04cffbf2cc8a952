// The admin listener's Express app: metrics and health. Nothing here changes anything.
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import { alive, lastResort, notFound, readiness } from './public-app.ts';

export interface AdminAppDependencies {
  readonly registry: Registry;
  readonly isReady: () => boolean;
  readonly onDefect: (error: unknown) => void;
}

export function createAdminApp({ registry, isReady, onDefect }: AdminAppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', alive);
  app.get('/readyz', readiness(isReady));
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use(notFound);
  app.use(lastResort(onDefect));
  return app;
}
