// Every address that calls can go to, from the configuration: breakers are kept for these and no others.
import type { Config } from '../config/config.ts';
import type { Backend } from '../metrics/metrics.ts';
import { gatewayUrl } from './guarded-gateways.ts';

export function destinationsOf({ accounts, backends }: Config): Record<Backend, ReadonlySet<string>> {
  const { legacy, gateway } = backends;
  const regions = accounts.flatMap(({ instances }) => instances.map(({ regionId }) => regionId));
  const own = accounts.flatMap(({ legacyUrl }) => legacyUrl ?? []);
  return {
    gateway: new Set([gateway.regionId, ...regions].map((regionId) => gatewayUrl(gateway, regionId))),
    legacy: new Set([...own, ...(legacy === undefined ? [] : [legacy.url, ...Object.values(legacy.hosts)])]),
  };
}
