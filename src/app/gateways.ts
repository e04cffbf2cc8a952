// Makes the gateway clients of a configuration: whose credentials, which endpoint, and who hears of each call.
// Credentials are shared by all clients that use the same ones, since their cache lives in the object.
import type { Logger } from 'pino';
import type { AccountConfig, Config } from '../config/config.ts';
import { createCredentials, type Credentials, type CredentialsFailure } from '../gateway/credentials.ts';
import { gatewayEndpoint } from '../gateway/endpoint.ts';
import { createGateway } from '../gateway/openapi.ts';
import type { CallOptions, GatewayAction } from '../gateway/gateway.ts';
import type { Operation } from '../legacy/operations.ts';
import type { Transport } from '../gateway/transport.ts';
import { vendorClient, type AskVendor } from '../gateway/vendor-client.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { GatewayFactory } from './accounts.ts';

export interface GatewaysDependencies {
  readonly transport: Transport;
  readonly metrics: Pick<Metrics, 'backendCalled' | 'clockOffset'>;
  readonly log: Logger;
  /** ms since epoch. */
  readonly now: () => number;
}

/** @param regionId where the instances are */
export type VendorFactory = (account: AccountConfig, accessKey: string, regionId: string) => AskVendor;

export interface Gateways {
  readonly make: GatewayFactory<CallOptions>;
  /** The vendor's own client with the same endpoint and credentials, for whoever doubts ours. */
  readonly vendor: VendorFactory;
  /** Fetches every credential once, so that the first calls need not wait; failures are logged, calls try again. */
  warm(): Promise<void>;
}

/** Both backends are counted under the old operations' names, so that they can be held side by side. */
const operationOf = {
  ApplyToken: 'apply',
  RevokeToken: 'revoke',
  QueryToken: 'query',
} as const satisfies Record<GatewayAction, Operation>;

export function createGateways(config: Config, dependencies: GatewaysDependencies): Gateways {
  const { transport, metrics, log, now } = dependencies;
  const { gateway: backend } = config.backends;
  const made = new Map<string, Credentials>();

  function credentialsOf(account: AccountConfig, accessKey: string): Credentials {
    const { credentials: configured } = account.gateway;
    const name = configured.type === 'caller' ? `key ${accessKey}` : `account ${account.name}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const failed = ({ code, message }: CredentialsFailure) =>
      log.warn({ account: account.name, code, message }, 'gateway credentials could not be fetched');
    const credentials = createCredentials(describe(account, accessKey), { now, log: failed });
    made.set(name, credentials);
    return credentials;
  }

  const wayTo = (account: AccountConfig, accessKey: string, regionId: string) => ({
    endpoint: gatewayEndpoint({ ...backend, regionId }),
    protocol: backend.protocol,
    credentials: credentialsOf(account, accessKey),
  });

  return {
    make: (account, accessKey, regionId) =>
      createGateway({
        ...wayTo(account, accessKey, regionId),
        transport,
        observe: ({ action, class: outcome, durationMs, serverDateMs }) => {
          metrics.backendCalled({ backend: 'gateway', action: operationOf[action], outcome, durationMs });
          if (serverDateMs !== undefined) metrics.clockOffset((serverDateMs - now()) / 1000);
        },
      }),
    vendor: (account, accessKey, regionId) => vendorClient(wayTo(account, accessKey, regionId)),
    warm: async () => {
      await Promise.all([...made.values()].map((credentials) => credentials.warm()));
    },
  };
}

function describe(account: AccountConfig, accessKeyId: string): Parameters<typeof createCredentials>[0] {
  const { credentials } = account.gateway;
  if (credentials.type !== 'caller') return credentials;
  const secret = account.keys.find(({ accessKey }) => accessKey === accessKeyId)?.secret;
  if (secret === undefined) throw new Error(`account ${account.name} has no key ${accessKeyId}`);
  return { type: 'caller', accessKeyId, accessKeySecret: secret };
}
