// What an operator should know of a valid configuration: times that old clients do not wait for, limits above what
// the gateway grants, secrets written into the file. Pure.
import type { Config, Rates } from './config.ts';
import { formatDuration } from './duration.ts';
import type { Finding, KeyPath } from './mistakes.ts';
import { publishedLimits } from './schema-backends.ts';
import { MaskedSecret } from './secret.ts';
import { writtenForm } from './written-form.ts';

/** Old clients give up after this long (PROTOCOL section 1, limits). */
const clientPatienceMs = 5000;

export function warningsOf(config: Config): Finding[] {
  return [
    ...deadlineWarnings(config),
    ...limitWarnings(config),
    ...shareWarnings(config),
    ...reuseWarnings(config),
    ...shadowWarnings(config),
    ...literalWarnings(writtenForm(config), []),
  ];
}

function deadlineWarnings({ deadlineMs }: Config): Finding[] {
  if (deadlineMs < clientPatienceMs) return [];
  const message = `${formatDuration(deadlineMs)} is too long for old clients, which give up at 5s; 4500ms leaves room for the network`;
  return [{ path: ['deadline'], message }];
}

function limitWarnings({ limits, accounts }: Config): Finding[] {
  const { perAccount, perAddress } = publishedLimits;
  const quota = 'only right when the vendor has raised the quota';
  return [
    ...accounts.flatMap((account, at) =>
      above(account.limits, perAccount, ['accounts', at, 'limits'], quota),
    ),
    ...above(limits.perAccount, perAccount, ['limits', 'perAccount'], quota),
    ...above(
      limits.perAddress,
      perAddress,
      ['limits', 'perAddress'],
      'past it the gateway blocks the address',
    ),
  ];
}

function above(set: Partial<Rates>, published: Rates, path: KeyPath, consequence: string): Finding[] {
  return (['apply', 'query', 'revoke'] as const).flatMap((action): Finding[] => {
    const rate = set[action] ?? 0;
    if (rate <= published[action]) return [];
    const message = `${rate} calls per second is above the published ${published[action]}: ${consequence}`;
    return [{ path: [...path, action], message }];
  });
}

/** A share of less than one call a second cannot be kept to in every second: see quota/own-budgets.ts. */
function shareWarnings({ limits, accounts }: Config): Finding[] {
  const share = (100 - limits.headroomPercent) / 100 / limits.replicas;
  const lowest = [limits.perAccount, limits.perAddress, ...accounts.map((account) => account.limits)];
  const small = (['apply', 'query', 'revoke'] as const).filter((action) =>
    lowest.some((rates) => (rates[action] ?? Infinity) * share < 1),
  );
  if (small.length === 0) return [];
  const message =
    `leaves each of ${limits.replicas} replicas less than one call a second for ${small.join(' and ')}: ` +
    'it then makes one call every so many seconds, and several replicas may do so in the same second; ' +
    'a shared store (type redis) divides the limits exactly';
  return [{ path: ['limits', 'replicas'], message }];
}

function reuseWarnings({ reuse }: Config): Finding[] {
  if (!reuse.enabled) return [];
  const message =
    'hands one token to several clients: revoking it revokes it for all of them, and the broker cannot tell them apart';
  return [{ path: ['reuse', 'enabled'], message }];
}

function shadowWarnings({ shadow, backends }: Config): Finding[] {
  if (shadow.percent === 0) return [];
  const message = backends.legacy
    ? 'costs: each apply call that is tried at the gateway too is billed, and mints a token that lives for two minutes'
    : 'does nothing: there is no old service (backends.legacy) whose calls could be tried at the gateway too';
  return [{ path: ['shadow', 'percent'], message }];
}

function literalWarnings(value: unknown, path: KeyPath): Finding[] {
  if (value instanceof MaskedSecret) {
    if (value.origin !== 'literal' || isHarmlessUrl(value, path)) return [];
    return [{ path, message: 'is written into the file; better {env: NAME} or {file: PATH}' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, entry]) =>
    literalWarnings(entry, [...path, isList ? Number(key) : key]),
  );
}

/** The store's address is a secret only for the password that it may hold. */
function isHarmlessUrl(secret: MaskedSecret, path: KeyPath): boolean {
  return path[0] === 'store' && new URL(secret.reveal()).password === '';
}
