// The admin listener's Express app: metrics and health for whoever reaches it, the API for whoever may use it.
import type { RequestListener } from 'node:http';
import express from 'express';
import type { Registry } from 'prom-client';
import { createAdminApi, type AdminApiDependencies } from '../admin/api.ts';
import { createConsole } from '../admin/console-files.ts';
import { alive, lastResort, notFound, readiness, withOriginForm } from './public-app.ts';

export interface AdminAppDependencies {
  readonly registry: Registry;
  readonly isReady: () => boolean;
  readonly onDefect: (error: unknown) => void;
  readonly api: AdminApiDependencies;
}

export function createAdminApp({ registry, isReady, onDefect, api }: AdminAppDependencies): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', alive);
  app.get('/readyz', readiness(isReady));
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use('/api', createAdminApi(api));
  app.use('/console', createConsole());
  app.use(notFound);
  app.use(lastResort(onDefect));
  return withOriginForm(app);
}
