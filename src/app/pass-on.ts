// Paths that are not ours: to the old service untouched while there is one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { OldService } from '../legacy/old-service.ts';
import type { FurnishedHouse } from './furnish.ts';
import { requestIdOf } from './request-id.ts';

export interface PassOnDependencies {
  readonly house: () => FurnishedHouse;
  readonly oldService: OldService;
  readonly log: Logger;
}

/** Streams a request to the old service, or calls `next` where there is none. */
export type PassOn = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export function createPassOn({ house: currentHouse, oldService, log }: PassOnDependencies): PassOn {
  return (request, response, next) => {
    const house = currentHouse();
    const baseUrl = house.oldServices.at(request.headers.host);
    const { legacy } = house.config.backends;
    if (baseUrl === undefined || legacy === undefined) return next();
    const client = house.clientAddress(request);
    const requestId = requestIdOf(request);
    const headers = { 'X-Request-Id': requestId, ...house.announcements };
    // Neither path nor query string: nobody knows what strangers put there.
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : undefined;
      log.info({ requestId, method: request.method, status, client }, 'passed on');
    });
    if (!house.admits(client)) {
      const body = JSON.stringify({
        success: false,
        message: `this server does not serve ${client}`,
        code: 403,
      });
      response.writeHead(403, { ...headers, 'Content-Type': 'application/json;charset=UTF-8' }).end(body);
      return;
    }
    const own = { ...headers, 'X-Token-Proxy-Backend': 'legacy' };
    oldService.pass(request, response, { baseUrl, timeoutMs: legacy.timeoutMs, headers: own });
  };
}
