// The answers of the admin API in its description: each route's own, and the refusals that every route can give.
import type { Content, Example, Response } from './document.ts';
import { errorExample } from './examples.ts';
import { reference } from './parts.ts';

/** Names of the examples are those that a reader sees. */
export function content(schema: string, shown: Readonly<Record<string, Example>>): Content {
  return { 'application/json': { schema: reference(schema), examples: shown } };
}

export function ok(description: string, schema: string, example: Example): Response {
  return { description, content: content(schema, { example }) };
}

export function failure(description: string, summary: string, message: string): Response {
  return { description, content: content('Error', errorExample(summary, message)) };
}

/** Refusals by the name under which every route refers to them. */
export const responses = {
  Unauthorized: {
    ...failure(
      'No token, or one that is not configured. Only where `admin.tokens` is not empty.',
      'No token',
      'send one of admin.tokens as Authorization: Bearer <token>',
    ),
    headers: { 'WWW-Authenticate': { description: 'Always `Bearer`.', schema: { type: 'string' } } },
  },
  Forbidden: failure(
    'A token that may only read was sent with a change; or, without `admin.tokens`, the `Host` is not a loopback one or the `Origin` is another web page.',
    'A token that may only read',
    'the token "bob" may only read: this takes one with role: write',
  ),
  TooManyFailures: {
    ...failure(
      'More than 20 wrong tokens in a minute came from this address: it may try one a second until the minute is over.',
      'Too many wrong tokens',
      'too many wrong tokens from this address: try again in a second',
    ),
    headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
  },
  TooLarge: failure(
    'The body is larger than 16 KiB.',
    'Too large',
    'the body is too large: at most 16 KiB are read',
  ),
  NotJson: failure(
    'The body is not `application/json`, or is compressed.',
    'A form',
    'send a JSON object with Content-Type: application/json',
  ),
  InternalError: failure('A defect of this program; its log tells more.', 'A defect', 'internal error'),
} as const satisfies Record<string, Response>;

const refer = (name: keyof typeof responses): Response => ({ $ref: `#/components/responses/${name}` });

/** Refusals of every route. */
export const refusals = {
  '401': refer('Unauthorized'),
  '403': refer('Forbidden'),
  '429': refer('TooManyFailures'),
  '500': refer('InternalError'),
} as const;

/** Refusals of a route that reads a body, beside its own 400. */
export const bodyRefusals = { ...refusals, '413': refer('TooLarge'), '415': refer('NotJson') } as const;
