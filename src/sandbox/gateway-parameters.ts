// Judges the parameters of the three actions as PROTOCOL section 2 describes them.
// Pure; who the caller is was settled before, what is done with the values comes after.
import type { SandboxAccount } from './accounts.ts';
import type { QueryPair } from './acs3-query.ts';
import type { GatewayAction } from './gateway-quotas.ts';
import type { TokenActions } from './token-book.ts';

/** Well-formed parameters of one action. */
export type GatewayCall =
  | {
      readonly action: 'ApplyToken';
      readonly instanceId: string;
      readonly actions: TokenActions;
      readonly resources: readonly string[];
      /** Already cut to 30 days. */
      readonly expiresAtMs: number;
    }
  | { readonly action: 'RevokeToken' | 'QueryToken'; readonly instanceId: string; readonly token: string };

/** A failure of the gateway, by its documented code. */
export interface GatewayRefusal {
  readonly code: string;
  readonly message: string;
}

export type ReadParameters = { readonly call: GatewayCall } | { readonly refusal: GatewayRefusal };

const tokenActions: readonly string[] = ['R', 'W', 'R,W'] satisfies TokenActions[];
const mandatory = {
  ApplyToken: ['Actions', 'Resources', 'ExpireTime', 'InstanceId'],
  RevokeToken: ['Token', 'InstanceId'],
  QueryToken: ['Token', 'InstanceId'],
} as const satisfies Record<GatewayAction, readonly string[]>;

const resourcesAtMost = 100;
const soonestMs = 60_000;
const latestMs = 30 * 24 * 3_600_000;
const timeForm = /^\d{1,16}$/;

/** @param account the caller's */
export function readParameters(
  action: GatewayAction,
  pairs: readonly QueryPair[],
  account: SandboxAccount,
  nowMs: number,
): ReadParameters {
  const values = new Map<string, string>();
  for (const { name, value } of pairs) {
    if (values.has(name)) return invalid(name, 'is given twice');
    values.set(name, value);
  }
  const given = (name: string): string => values.get(name) ?? '';
  const missing = mandatory[action].find((name) => given(name) === '');
  if (missing !== undefined) {
    return { refusal: { code: `Missing${missing}`, message: `${missing} is mandatory for this action.` } };
  }
  const instanceId = given('InstanceId');
  if (!account.instances.includes(instanceId)) {
    return {
      refusal: {
        code: 'InstancePermissionCheckFailed',
        message: 'The account has no permission on the instance.',
      },
    };
  }
  if (action !== 'ApplyToken') return { call: { action, instanceId, token: given('Token') } };

  const actions = given('Actions');
  if (!isTokenActions(actions)) return invalid('Actions', 'must be R, W or R,W');
  const resources = given('Resources').split(',');
  if (resources.length > resourcesAtMost)
    return invalid('Resources', `holds more than ${resourcesAtMost} topics`);
  if (resources.includes('')) return invalid('Resources', 'holds an empty topic');
  if (resources.toSorted().join(',') !== given('Resources')) return invalid('Resources', 'is not sorted');
  const expireTime = given('ExpireTime');
  if (!timeForm.test(expireTime)) return invalid('ExpireTime', 'is no time in ms');
  const expiresAtMs = Number(expireTime);
  if (expiresAtMs < nowMs + soonestMs) return invalid('ExpireTime', 'is less than 60 seconds ahead');
  return {
    call: { action, instanceId, actions, resources, expiresAtMs: Math.min(expiresAtMs, nowMs + latestMs) },
  };
}

/** What an unknown token, or one of another instance, is taken to give (PROTOCOL section 2). */
export const unknownToken: GatewayRefusal = {
  code: 'InvalidParameter.Token',
  message: 'The specified parameter Token is not valid.',
};

function isTokenActions(actions: string): actions is TokenActions {
  return tokenActions.includes(actions);
}

function invalid(name: string, why: string): ReadParameters {
  return {
    refusal: { code: `InvalidParameter.${name}`, message: `The specified parameter ${name} ${why}.` },
  };
}
