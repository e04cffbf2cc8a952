// Whose call is it: from the access key that an old client sends to its account, secret and ways to the gateway.
// Built once per configuration; a request only looks things up.
import type { AccountConfig, Config, InstanceConfig, Secret } from '../config/config.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Patience } from '../resilience/patience.ts';

/** An old client as known by its access key; `Options` is what its gateways ask of a call. */
export interface Caller<Options = Patience> {
  readonly account: AccountConfig;
  readonly accessKey: string;
  readonly secret: Secret;
  /** The gateway of the instance's region, called with this caller's or its account's credentials. */
  gatewayOf(instanceId: string): Gateway<Options>;
}

export interface Accounts<Options = Patience> {
  /** Every configured key. */
  readonly callers: readonly Caller<Options>[];
  find(accessKey: string): Caller<Options> | undefined;
  /** Whether a value is the secret of a configured key. */
  readonly isSecret: (value: string) => boolean;
  close(): Promise<void>;
}

/**
 * Makes the gateway clients of one caller's credentials, a region at a time.
 * @param regionId where the instances are
 */
export type GatewayFactory<Options = Patience> = (
  account: AccountConfig,
  accessKey: string,
  regionId: string,
) => Gateway<Options>;

export function createAccounts<Options>(
  config: Config,
  makeGateway: GatewayFactory<Options>,
): Accounts<Options> {
  const callers = new Map<string, Caller<Options>>();
  const gateways: Gateway<Options>[] = [];
  const defaultRegion = config.backends.gateway.regionId;

  for (const account of config.accounts) {
    const ownCredentials = account.gateway.credentials.type !== 'caller';
    const shared = new Map<string, Gateway<Options>>();
    for (const { accessKey, secret } of account.keys) {
      const byRegion = ownCredentials ? shared : new Map<string, Gateway<Options>>();
      for (const regionId of new Set([...account.instances.map(({ regionId }) => regionId), defaultRegion])) {
        if (byRegion.has(regionId)) continue;
        const gateway = makeGateway(account, accessKey, regionId);
        byRegion.set(regionId, gateway);
        gateways.push(gateway);
      }
      const gatewayOf = byInstance(account.instances, byRegion, defaultRegion);
      callers.set(accessKey, { account, accessKey, secret, gatewayOf });
    }
  }
  return {
    callers: [...callers.values()],
    find: (accessKey) => callers.get(accessKey),
    isSecret: (value) => [...callers.values()].some(({ secret }) => secret.reveal() === value),
    close: async () => {
      await Promise.all(gateways.map((gateway) => gateway.close()));
    },
  };
}

function byInstance<Options>(
  instances: readonly InstanceConfig[],
  byRegion: ReadonlyMap<string, Gateway<Options>>,
  defaultRegion: string,
): (instanceId: string) => Gateway<Options> {
  const regions = new Map(instances.map(({ id, regionId }) => [id, regionId]));
  return (instanceId) => {
    const gateway = byRegion.get(regions.get(instanceId) ?? defaultRegion);
    if (gateway === undefined) throw new Error(`no gateway was made for instance ${instanceId}`);
    return gateway;
  };
}

/** Whether a request of this account may name the instance: always, where the account has no list. */
export function mayName(account: AccountConfig, instanceId: string): boolean {
  for (const { id } of account.instances) if (id === instanceId) return true;
  return account.instances.length === 0;
}
