// The operator's console as files over HTTP: a fixed table, read once at the start, so that no request names a path of
// the disk. What the console shows comes from the API, which asks for a token; these files need none and hold nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';

/** Nothing from elsewhere, nothing inline; the page talks to its own origin only. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

const ownFiles = [
  'index.html',
  'icon.svg',
  'base.css',
  'layout.css',
  'share.css',
  'orders.css',
  'figures.css',
  'calls.css',
  'actions.js',
  'api.js',
  'app.js',
  'back.js',
  'backends-panel.js',
  'calls-panel.js',
  'dom.js',
  'event-stream.js',
  'format.js',
  'freshness.js',
  'log-in.js',
  'plots.js',
  'poll.js',
  'quotas-panel.js',
  'rollout-panel.js',
  'share-panel.js',
  'tables.js',
  'verdict.js',
  'weight-form.js',
] as const;

interface ConsoleFile {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

/** Of this directory, in the sources as in what is built from them. */
const ownDirectory = fileURLToPath(new URL('./console/', import.meta.url));

/** @throws when a file of the package is missing */
function readFiles(): ReadonlyMap<string, ConsoleFile> {
  const plots = dirname(createRequire(import.meta.url).resolve('uplot'));
  const places: [path: string, file: string][] = [
    ...ownFiles.map((name): [string, string] => [`/${name}`, join(ownDirectory, name)]),
    ['/vendor/uplot.js', join(plots, 'uPlot.esm.js')],
    ['/vendor/uplot.css', join(plots, 'uPlot.min.css')],
  ];
  const files = new Map(places.map(([path, file]) => [path, readOne(file)]));
  const page = files.get('/index.html');
  if (page !== undefined) files.set('/', page);
  files.delete('/index.html');
  return files;
}

function readOne(file: string): ConsoleFile {
  const content = readFileSync(file);
  const extension = file.slice(file.lastIndexOf('.') + 1) as keyof typeof types;
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { type: types[extension], content, etag };
}

/** Mounted at `/console`. Paths that it does not have are passed on. */
export function createConsole(): RequestHandler {
  const files = readFiles();
  return (request, response, next) => {
    const [path = '', query] = request.originalUrl.slice(request.baseUrl.length).split('?', 2);
    if (path === '') {
      // Relative, so that it is right behind a reverse proxy that serves it below a path of its own.
      return void response.status(308).set('Location', 'console/').end();
    }
    const file = files.get(path);
    if (file === undefined) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return void response.status(405).set('Allow', 'GET, HEAD').end();
    }
    response.set({
      'Content-Security-Policy': contentSecurityPolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      // Asked for again each time, and not sent again while it is the same: an upgrade is seen at once.
      'Cache-Control': 'no-cache',
      ETag: file.etag,
    });
    if (query === undefined && request.headers['if-none-match'] === file.etag) {
      return void response.status(304).end();
    }
    response.set({ 'Content-Type': file.type, 'Content-Length': String(file.content.length) });
    response.end(request.method === 'HEAD' ? undefined : file.content);
  };
}
