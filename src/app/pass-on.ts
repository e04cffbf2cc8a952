// Paths that are not ours: to the old service untouched while there is one.
import type { RequestHandler } from 'express';
import type { OldService } from '../legacy/old-service.ts';
import type { FurnishedHouse } from './furnish.ts';

export interface PassOnDependencies {
  readonly house: () => FurnishedHouse;
  readonly oldService: OldService;
}

/** A handler that streams a request to the old service, or passes it on to the next where there is none. */
export function createPassOn({ house: currentHouse, oldService }: PassOnDependencies): RequestHandler {
  return (request, response, next) => {
    const house = currentHouse();
    const baseUrl = house.oldServices.at(request.headers.host);
    const { legacy } = house.config.backends;
    if (baseUrl === undefined || legacy === undefined) return next();
    const address = house.clientAddress(request);
    if (!house.admits(address)) {
      response
        .status(403)
        .json({ success: false, message: `this server does not serve ${address}`, code: 403 });
      return;
    }
    const headers = { ...house.announcements, 'X-Token-Proxy-Backend': 'legacy' };
    oldService.pass(request, response, { baseUrl, timeoutMs: legacy.timeoutMs, headers });
  };
}
