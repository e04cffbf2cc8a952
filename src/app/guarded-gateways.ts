// The gateways as calls of clients see them: each behind its account's quota and its address's breakers.
import { gatewayEndpoint } from '../gateway/endpoint.ts';
import type { CallOptions } from '../gateway/gateway.ts';
import type { Config, GatewayBackend } from '../config/config.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Breakers } from '../resilience/breakers.ts';
import { guardGateway, type TurnGiver } from '../resilience/guarded-gateway.ts';
import type { GatewayFactory } from './accounts.ts';

export interface GuardedGatewaysDependencies {
  readonly quota: TurnGiver;
  readonly breakers: Pick<Breakers, 'of'>;
  readonly metrics: Pick<Metrics, 'retried' | 'possiblyLost'>;
}

/** @param make the gateways themselves */
export function guardedGateways(
  make: GatewayFactory<CallOptions>,
  { backends: { gateway: backend } }: Config,
  { quota, breakers, metrics }: GuardedGatewaysDependencies,
): GatewayFactory {
  return (account, accessKey, regionId) =>
    guardGateway(make(account, accessKey, regionId), {
      account: account.name,
      quota,
      breakers: breakers.of('gateway', gatewayUrl(backend, regionId)),
      retried: (action, cause) => {
        metrics.retried(action, cause);
        // The first try may have been carried out after all.
        if (action === 'apply' && cause === 'reused-connection') metrics.possiblyLost('gateway');
      },
    });
}

/** Base address of the gateway of a region. */
export function gatewayUrl(backend: GatewayBackend, regionId: string): string {
  return `${backend.protocol}://${gatewayEndpoint({ ...backend, regionId })}`;
}
