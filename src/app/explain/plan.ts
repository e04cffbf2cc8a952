// What would be sent to the gateway for a genuine call: the steps of gateway-leg.ts, without its calls.
import type { AccountConfig, Config } from '../../config/config.ts';
import { gatewayEndpoint } from '../../gateway/endpoint.ts';
import type { GatewayAction } from '../../gateway/gateway.ts';
import type { LegacyCall } from '../../legacy/call.ts';
import { toApplyTokenRequest } from '../../translate/to-gateway.ts';
import { mostInstancesAsked } from '../find-issuer.ts';
import { instanceFor } from '../gateway-leg.ts';
import { masked } from './masking.ts';

/** One call to the gateway, its token masked. */
export interface PlannedCall {
  readonly action: GatewayAction;
  readonly endpoint: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Type of the credentials, and the access key where it is the caller's own. */
  readonly credentials: string;
  /** When it is made, where that is not certain. */
  readonly when?: string;
}

export type Plan =
  | { readonly possible: true; readonly calls: readonly PlannedCall[] }
  /** A refusal of the instance, code 400. */
  | { readonly possible: false; readonly message: string };

export function planCall(call: LegacyCall, account: AccountConfig, config: Config): Plan {
  const credentials =
    account.gateway.credentials.type === 'caller'
      ? `caller (${call.accessKey})`
      : account.gateway.credentials.type;
  const plan = (
    action: GatewayAction,
    instanceId: string,
    parameters: Record<string, string>,
  ): PlannedCall => ({
    action,
    endpoint: endpointOf(instanceId, account, config),
    parameters: { ...parameters, InstanceId: instanceId },
    credentials,
  });
  if (call.operation === 'apply') {
    const instance = instanceFor(call, { account });
    if (!instance.allowed) {
      return {
        possible: false,
        message: 'message' in instance.reply ? instance.reply.message : 'instance refused',
      };
    }
    const { actions, resources, expireTimeMs, instanceId } = toApplyTokenRequest(call, instance.instanceId);
    const parameters = { Actions: actions, Resources: resources.join(','), ExpireTime: String(expireTimeMs) };
    return { possible: true, calls: [plan('ApplyToken', instanceId, parameters)] };
  }
  const asked = account.instances.slice(0, mostInstancesAsked).map(({ id }) => id);
  const token = { Token: masked(call.token) };
  const without = 'without a record, until one says true';
  const searches = asked.map((id) => ({ ...plan('QueryToken', id, token), when: without }));
  if (call.operation === 'query') return { possible: true, calls: searches };
  const revokes = asked.map((id) => ({
    ...plan('RevokeToken', id, token),
    when: 'at the instance that issued it',
  }));
  return { possible: true, calls: [...searches, ...revokes] };
}

function endpointOf(instanceId: string, account: AccountConfig, { backends }: Config): string {
  const regionId =
    account.instances.find(({ id }) => id === instanceId)?.regionId ?? backends.gateway.regionId;
  return `${backends.gateway.protocol}://${gatewayEndpoint({ ...backends.gateway, regionId })}`;
}
