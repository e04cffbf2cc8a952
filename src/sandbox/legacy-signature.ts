// The signature of the old protocol (PROTOCOL section 1), computed anew: whether a form was signed with a secret in
// one of the documented readings. Also signs, for the load generator. Shares nothing with the proxy's own code.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FormParameters } from './legacy-form.ts';
import type { LegacyRoute } from './legacy-quotas.ts';

const documented = {
  apply: ['actions', 'resources', 'expireTime', 'serviceName', 'instanceId'],
  revoke: ['token'],
  query: ['token'],
} as const satisfies Record<LegacyRoute, readonly string[]>;

/** `base64(HMAC-SHA1(secret, pairs sorted by key and joined))`; values are taken as they are given. */
export function signPairs(pairs: Readonly<Record<string, string>>, secret: string): string {
  const text = Object.keys(pairs)
    .sort()
    .map((key) => `${key}=${pairs[key] ?? ''}`)
    .join('&');
  return createHmac('sha1', secret).update(text, 'utf8').digest('base64');
}

/** Signs the documented fields that are present. */
export function signDocumented(
  route: LegacyRoute,
  pairs: Readonly<Record<string, string>>,
  secret: string,
): string {
  const names: readonly string[] = documented[route];
  return signPairs(
    Object.fromEntries(Object.entries(pairs).filter(([name]) => names.includes(name))),
    secret,
  );
}

/**
 * Whether one of the readings that real clients use yields the signature: documented fields or all fields, values as
 * sent or sorted. Every documented field that is present is in each of them, so nothing unsigned can be appended.
 */
export function isSigned(route: LegacyRoute, form: FormParameters, secret: string): boolean {
  const given = Buffer.from(form.get('signature')?.[0] ?? '', 'base64');
  const documentedNames: readonly string[] = documented[route];
  const all = [...form.keys()].filter((name) => name !== 'signature');
  const fieldSets = [all.filter((name) => documentedNames.includes(name)), all];
  const writings = [asSent, sorted];
  return fieldSets.some((names) =>
    writings.some((write) => {
      const pairs = Object.fromEntries(names.map((name) => [name, write(form.get(name) ?? [])]));
      const expected = Buffer.from(signPairs(pairs, secret), 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    }),
  );
}

function asSent(values: readonly string[]): string {
  return values.join(',');
}

function sorted(values: readonly string[]): string {
  return values.join(',').split(',').sort().join(',');
}
