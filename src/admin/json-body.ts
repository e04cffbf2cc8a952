// The body of a request that carries one: a JSON object of at most 16 KiB, uncompressed. What is in it is the route's.
import express, { type Request, type RequestHandler } from 'express';
import { refuse } from './refusals.ts';

const mostBytes = 16 * 1024;
const json = /^application\/json *(?:;|$)/i;

/** In this order before a route that reads a body. */
export const readJsonBody: readonly RequestHandler[] = [
  (request, response, next) => {
    if (hasNoBody(request)) {
      request.body = {};
      return next();
    }
    if (json.test(request.headers['content-type'] ?? '')) return next();
    // Also what a form of a foreign web page could send without asking first, as browsers do for JSON.
    refuse(response, 415, 'send a JSON object with Content-Type: application/json');
  },
  express.json({ limit: mostBytes, inflate: false, type: 'application/json' }),
  (request, response, next) => {
    if (isObject(request.body)) return next();
    refuse(response, 400, 'the body must be one JSON object');
  },
];

/** An order that says nothing more, such as an abort by hand: `curl -X POST`. */
function hasNoBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

/** The object that was read; empty where no body belongs to the request. */
export function bodyOf({ body }: Pick<Request, 'body'>): Readonly<Record<string, unknown>> {
  return isObject(body) ? body : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
