// What the configuration says of accounts and quotas, as readiness asks for it. Fingerprints tell one configuration from
// another; they go to the store, and nothing can be found out from them.
import { createHash, createHmac } from 'node:crypto';
import type { AccountConfig, Config, GatewayCredentials, Secret } from '../config/config.ts';
import { gatewayEndpoint } from '../gateway/endpoint.ts';
import { callsOf, lessHeadroom, spanMsOf } from '../quota/limits.ts';
import type { AccountFacts, ReadinessFacts } from '../readiness/readiness.ts';
import { answerMarginMs } from '../resilience/deadline.ts';
import { leastCallMs } from '../resilience/patience.ts';
import { fallbackShare } from './apply-call.ts';
import { callMs } from './call-limits.ts';
import { createOldServices } from './old-services.ts';
import { quotaRules } from './quota-rules.ts';

/** @param shared whether replicas share the gateway's budgets through the store */
export function readinessFacts(config: Config, shared: boolean): ReadinessFacts {
  const oldServices = createOldServices(config);
  const rules = quotaRules(config);
  const replicas = shared ? 1 : config.limits.replicas;
  return {
    accounts: config.accounts.map((account) =>
      factsOf(account, oldServices.of(account) !== undefined, config),
    ),
    budgetOf: (account, action) => {
      const whole = account === undefined ? rules.perAddress[action] : rules.accountLimit(account, action);
      const limit = lessHeadroom(whole, rules.headroomPercent) / replicas;
      return { calls: callsOf(limit), spanMs: spanMsOf(limit), patienceMs: patienceMs(config, action) };
    },
  };
}

/** How long a call can wait for its turn, ms; as the gateway's guard has it. */
function patienceMs({ deadlineMs, split, backends }: Config, action: 'apply' | 'query' | 'revoke'): number {
  const mayFallBack = action === 'apply' && backends.legacy !== undefined && split.fallback.on.length > 0;
  const reserveMs = mayFallBack ? deadlineMs * fallbackShare : 0;
  const least = leastCallMs({ callMs: callMs(backends.gateway.timeoutMs, deadlineMs) });
  return Math.max(0, deadlineMs - answerMarginMs - reserveMs - least);
}

function factsOf(account: AccountConfig, hasOldService: boolean, { backends }: Config): AccountFacts {
  const keys = new Map(account.keys.map(({ accessKey, secret }) => [accessKey, fingerprint(secret)]));
  const { endpoint = gatewayEndpoint(backends.gateway), protocol, regionId } = backends.gateway;
  const basisOfInstances = digest(account.instances.map(({ id, regionId: region }) => `${id} ${region}`));
  const credentials = credentialsOf(account.gateway.credentials, [...keys.values()]);
  const fixed = [endpoint, protocol, regionId, basisOfInstances];
  return {
    name: account.name,
    hasOldService,
    accessKeys: [...keys.keys()],
    basisOfKey: (accessKey) => keys.get(accessKey)?.() ?? '',
    basisOfInstances,
    basisOfGateway: () => digest([...fixed, ...credentials.map((part) => part())]),
  };
}

/** With the caller's own keys, theirs. */
function credentialsOf(
  credentials: GatewayCredentials,
  callers: readonly (() => string)[],
): readonly (() => string)[] {
  if (credentials.type === 'caller') return [() => 'caller', ...callers];
  return Object.entries(credentials).map(([name, value]: [string, unknown]) => {
    if (!isSecret(value)) return () => `${name} ${String(value)}`;
    const ofSecret = fingerprint(value);
    return () => `${name} ${ofSecret()}`;
  });
}

function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && 'reveal' in value;
}

/**
 * Of a secret as it is now. Says no more about it than a signature does, of which every call of a client carries one; a
 * secret that has not changed costs a comparison.
 */
function fingerprint(secret: Secret): () => string {
  let known: { readonly value: string; readonly of: string } | undefined;
  return () => {
    const value = secret.reveal();
    if (known?.value !== value) {
      const of = createHmac('sha256', value).update('readiness').digest('base64url').slice(0, 8);
      known = { value, of };
    }
    return known.of;
  };
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 8);
}
