// How the admin API says no: `{error: {message}}` under the HTTP status that fits. Shows no stack trace and nothing of
// the request's body.
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

export function refuse(response: Response, status: number, message: string): void {
  response.status(status).json({ error: { message } });
}

export const noSuchRoute: RequestHandler = (_request, response) => {
  refuse(response, 404, 'no such route: GET /api/openapi.json describes those that there are');
};

/** @param allowed HTTP methods of the path */
export function wrongMethod(allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.set('Allow', allowed.join(', '));
    refuse(response, 405, `this route answers ${allowed.join(', ')}`);
  };
}

const messages: Readonly<Record<number, string>> = {
  400: 'the request cannot be read: its body must be one JSON object',
  413: 'the body is too large: at most 16 KiB are read',
  415: 'the body must be uncompressed JSON in UTF-8',
};

/** Express's own errors of reading a request keep their status; everything else is a defect of ours. */
export function lastResort(onDefect: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = statusOf(error);
    if (status === undefined) {
      onDefect(error);
      return refuse(response, 500, 'internal error');
    }
    refuse(response, status, messages[status] ?? 'the request cannot be read');
  };
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
