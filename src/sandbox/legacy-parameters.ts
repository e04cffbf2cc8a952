// Judges the form of an old call's parameters (PROTOCOL section 1) once its signature has been found genuine.
// Pure; it mints and revokes nothing.
import type { SandboxAccount } from './accounts.ts';
import type { FormParameters } from './legacy-form.ts';
import type { LegacyRoute } from './legacy-quotas.ts';
import type { TokenActions } from './token-book.ts';

export type LegacyCall =
  | {
      readonly route: 'apply';
      readonly actions: TokenActions;
      readonly resources: readonly string[];
      readonly instanceId: string;
      /** Already cut to 30 days. */
      readonly expiresAtMs: number;
    }
  | { readonly route: 'revoke' | 'query'; readonly token: string };

export type ReadCall = { readonly call: LegacyCall } | { readonly mistake: string };

const actionsOf: Readonly<Record<string, TokenActions>> = { R: 'R', W: 'W', 'R,W': 'R,W', 'W,R': 'R,W' };
const lists = ['actions', 'resources'];
const timeForm = /^\d{1,16}$/;
const instanceForm = /^[A-Za-z0-9_-]+$/;
const soonestMs = 60_000;
const latestMs = 30 * 24 * 3_600_000;
const resourcesAtMost = 100;

/** @param account the caller's; its first instance serves calls that name none */
export function readLegacyCall(
  route: LegacyRoute,
  form: FormParameters,
  account: SandboxAccount,
  nowMs: number,
): ReadCall {
  for (const [name, values] of form) {
    if (!lists.includes(name) && new Set(values).size > 1) return { mistake: `${name} is given twice` };
  }
  const given = (name: string): string => form.get(name)?.join(',') ?? '';
  const single = (name: string): string => form.get(name)?.[0] ?? '';
  if (route !== 'apply') {
    return single('token') === ''
      ? { mistake: 'token is missing' }
      : { call: { route, token: single('token') } };
  }
  const actions = Object.hasOwn(actionsOf, given('actions')) ? actionsOf[given('actions')] : undefined;
  if (actions === undefined) return { mistake: 'actions must be R, W or R,W' };
  const resources = given('resources').split(',');
  if (resources.includes('')) return { mistake: 'resources is missing or holds an empty topic' };
  if (resources.length > resourcesAtMost) return { mistake: `more than ${resourcesAtMost} resources` };
  if (form.has('serviceName') && single('serviceName') !== 'mq') return { mistake: 'serviceName must be mq' };
  if (form.has('proxyType') && single('proxyType') !== 'MQTT') return { mistake: 'proxyType must be MQTT' };
  const instanceId = form.has('instanceId') ? single('instanceId') : (account.instances[0] ?? '');
  if (!instanceForm.test(instanceId) || !account.instances.includes(instanceId)) {
    return { mistake: 'instanceId names no instance of this account' };
  }
  if (!timeForm.test(single('expireTime'))) return { mistake: 'expireTime must be a time in ms' };
  const expiresAtMs = Number(single('expireTime'));
  if (expiresAtMs < nowMs + soonestMs) return { mistake: 'expireTime is less than 60 seconds ahead' };
  const cutMs = Math.min(expiresAtMs, nowMs + latestMs);
  return { call: { route, actions, resources, instanceId, expiresAtMs: cutMs } };
}
