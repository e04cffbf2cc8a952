// Whose call is it: from the access key that an old client sends to its account, secret and ways to the gateway.
// Built once per configuration; a request only looks things up.
import type { AccountConfig, Config, InstanceConfig, Secret } from '../config/config.ts';
import type { Gateway } from '../gateway/gateway.ts';

/** An old client as known by its access key. */
export interface Caller {
  readonly account: AccountConfig;
  readonly accessKey: string;
  readonly secret: Secret;
  /** The gateway of the instance's region, called with this caller's or its account's credentials. */
  gatewayOf(instanceId: string): Gateway;
}

export interface Accounts {
  /** Every configured key. */
  readonly callers: readonly Caller[];
  find(accessKey: string): Caller | undefined;
  /** Whether a value is the secret of a configured key. */
  readonly isSecret: (value: string) => boolean;
  close(): Promise<void>;
}

/**
 * Makes the gateway clients of one caller's credentials, a region at a time.
 * @param regionId where the instances are
 */
export type GatewayFactory = (account: AccountConfig, accessKey: string, regionId: string) => Gateway;

export function createAccounts(config: Config, makeGateway: GatewayFactory): Accounts {
  const callers = new Map<string, Caller>();
  const gateways: Gateway[] = [];
  const defaultRegion = config.backends.gateway.regionId;

  for (const account of config.accounts) {
    const ownCredentials = account.gateway.credentials.type !== 'caller';
    const shared = new Map<string, Gateway>();
    for (const { accessKey, secret } of account.keys) {
      const byRegion = ownCredentials ? shared : new Map<string, Gateway>();
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

function byInstance(
  instances: readonly InstanceConfig[],
  byRegion: ReadonlyMap<string, Gateway>,
  defaultRegion: string,
): (instanceId: string) => Gateway {
  const regions = new Map(instances.map(({ id, regionId }) => [id, regionId]));
  return (instanceId) => {
    const gateway = byRegion.get(regions.get(instanceId) ?? defaultRegion);
    if (gateway === undefined) throw new Error(`no gateway was made for instance ${instanceId}`);
    return gateway;
  };
}

/** Whether a request of this account may name the instance: always, where the account has no list. */
export function mayName(account: AccountConfig, instanceId: string): boolean {
  return account.instances.length === 0 || account.instances.some(({ id }) => id === instanceId);
}
