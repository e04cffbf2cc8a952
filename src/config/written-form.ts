// A configuration in the spelling and order of the file (SPEC section 3): the way back from `Config`.
// Secrets stay objects in it; whoever prints it masks them.
import type { AccountConfig, Config, StoreConfig } from './config.ts';
import { formatDuration } from './duration.ts';

/** A document of plain values and secrets, as `configFromDocument` would take it. */
export type WrittenForm = Readonly<Record<string, unknown>>;

/** Everything that is in force, defaults included. */
export function writtenForm(config: Config): WrittenForm {
  const { legacy, gateway } = config.backends;
  const { gatewayPercent, key, overrides, fallback, unknownAccounts } = config.split;
  const { breaker, rollout } = config;
  return {
    listen: config.listen,
    trustProxy: config.trustProxy,
    allowFrom: config.allowFrom,
    admin: config.admin,
    accounts: config.accounts.map(writtenAccount),
    backends: {
      ...(legacy && {
        legacy: { url: legacy.url, hosts: legacy.hosts, timeout: formatDuration(legacy.timeoutMs) },
      }),
      gateway: {
        regionId: gateway.regionId,
        ...(gateway.endpoint !== undefined && { endpoint: gateway.endpoint }),
        protocol: gateway.protocol,
        timeout: formatDuration(gateway.timeoutMs),
      },
    },
    split: { gatewayPercent, key, overrides, fallback, unknownAccounts },
    deadline: formatDuration(config.deadlineMs),
    limits: config.limits,
    reuse: { enabled: config.reuse.enabled, tolerance: formatDuration(config.reuse.toleranceMs) },
    breaker: {
      consecutive: breaker.consecutive,
      errorPercent: breaker.errorPercent,
      minCalls: breaker.minCalls,
      window: formatDuration(breaker.windowMs),
      openFor: formatDuration(breaker.openForMs),
      openAtMost: formatDuration(breaker.openAtMostMs),
    },
    shadow: config.shadow,
    rollout: {
      steps: rollout.steps.map(({ hold, ...step }) => ({
        ...step,
        ...(hold !== undefined && { hold: hold === 'manual' ? hold : formatDuration(hold) }),
      })),
      abortWhen: rollout.abortWhen,
      coolDown: formatDuration(rollout.coolDownMs),
    },
    store: writtenStore(config.store),
    drain: { delay: formatDuration(config.drain.delayMs) },
    reload: config.reload,
    answers: config.answers,
    headers: config.headers,
    metrics: config.metrics,
    log: config.log,
  };
}

function writtenAccount(account: AccountConfig): WrittenForm {
  const { credentials } = account.gateway;
  return {
    name: account.name,
    keys: account.keys,
    instances: account.instances,
    ...(credentials.type !== 'caller' && { gateway: { credentials } }),
    ...(Object.keys(account.limits).length > 0 && { limits: account.limits }),
    ...(account.legacyUrl !== undefined && { legacyUrl: account.legacyUrl }),
  };
}

function writtenStore(store: StoreConfig): WrittenForm {
  switch (store.type) {
    case 'lmdb':
      return { type: store.type, path: store.path };
    case 'redis':
      return { type: store.type, url: store.url, prefix: store.prefix, whenDown: store.whenDown };
    case 'memory':
      return { type: store.type };
  }
}
