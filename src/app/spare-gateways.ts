// The gateways as the experiment sees them: the same clients as for real calls, out of turns that those leave unused.
import type { Config } from '../config/config.ts';
import type { CallOptions, Gateway } from '../gateway/gateway.ts';
import type { Breakers } from '../resilience/breakers.ts';
import { spareGateway, type SpareTurnGiver } from '../resilience/spare-gateway.ts';
import { createAccounts, type GatewayFactory } from './accounts.ts';
import { gatewayUrl } from './guarded-gateways.ts';

export interface SpareGatewaysDependencies {
  readonly quota: SpareTurnGiver;
  readonly breakers: Pick<Breakers, 'of'>;
}

/** What is tried on the side; nothing is ever revoked. */
export type TrialGateway = Pick<Gateway, 'apply' | 'query'>;

export type TrialGateways = (accessKey: string, instanceId: string) => TrialGateway;

/** @param make the gateways themselves */
export function spareGateways(
  make: GatewayFactory<CallOptions>,
  config: Config,
  { quota, breakers }: SpareGatewaysDependencies,
): TrialGateways {
  const backend = config.backends.gateway;
  const accounts = createAccounts<CallOptions>(config, (account, accessKey, regionId) =>
    spareGateway(make(account, accessKey, regionId), {
      account: account.name,
      quota,
      breakers: breakers.of('gateway', gatewayUrl(backend, regionId)),
    }),
  );
  return (accessKey, instanceId) => {
    const caller = accounts.find(accessKey);
    if (caller === undefined) throw new Error('a call of an account that is not configured was to be tried');
    return caller.gatewayOf(instanceId);
  };
}
