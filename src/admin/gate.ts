// The door of the admin API as Express middleware: lets visitors in by access.ts, slows down who guesses tokens, and
// keeps those who may only read from changing anything.
import type { Request, RequestHandler } from 'express';
import { decideAccess, type AccessRules, type Visitor } from './access.ts';
import { createFailedLogIns } from './failed-log-ins.ts';
import { refuse } from './refusals.ts';

/** A token that was none of the configured. The token itself is in no field. */
export interface FailedLogIn {
  readonly clientAddress: string;
  readonly method: string;
  /** Without a query string. */
  readonly path: string;
}

export interface GateDependencies {
  /** Asked with each request, since tokens change with the configuration. */
  readonly accessRules: () => AccessRules;
  readonly onFailedLogIn: (failed: FailedLogIn) => void;
  readonly monotonicMs: () => number;
}

export interface Gate {
  readonly letIn: RequestHandler;
  /** For routes that change something. */
  readonly writersOnly: RequestHandler;
  /** Who was let in. */
  visitorOf(request: Request): Visitor;
}

export function createGate({ accessRules, onFailedLogIn, monotonicMs }: GateDependencies): Gate {
  const failedLogIns = createFailedLogIns(monotonicMs);
  const visitors = new WeakMap<Request, Visitor>();

  const visitorOf = (request: Request): Visitor => {
    const visitor = visitors.get(request);
    if (visitor === undefined) throw new Error('a route was reached past the gate');
    return visitor;
  };
  return {
    letIn(request, response, next) {
      const { authorization, host, origin } = request.headers;
      const rules = accessRules();
      const clientAddress = request.socket.remoteAddress ?? 'unknown';
      const decision = decideAccess({ authorization, host, origin }, rules);
      switch (decision.kind) {
        case 'admitted':
          visitors.set(request, decision.visitor);
          return next();
        case 'unknown':
          if (decision.tokenGiven) {
            // Judged before it is slowed down: whoever has a right token gets in, whatever others try from there.
            if (!failedLogIns.mayTry(clientAddress)) {
              response.set('Retry-After', '1');
              return refuse(response, 429, 'too many wrong tokens from this address: try again in a second');
            }
            failedLogIns.failed(clientAddress);
            onFailedLogIn({ clientAddress, method: request.method, path: request.baseUrl + request.path });
          }
          response.set('WWW-Authenticate', 'Bearer');
          return refuse(response, 401, decision.message);
        case 'forbidden':
          return refuse(response, 403, decision.message);
      }
    },
    writersOnly(request, response, next) {
      const { name, role } = visitorOf(request);
      if (role === 'write') return next();
      refuse(response, 403, `the token "${name}" may only read: this takes one with role: write`);
    },
    visitorOf,
  };
}
