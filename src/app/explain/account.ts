// Whose request it is, or which configured key the client may have meant.
import { distance } from 'fastest-levenshtein';
import type { AccountConfig, Config, KeyConfig } from '../../config/config.ts';

export type AccountExplanation =
  | { readonly found: true; readonly name: string; readonly accessKey: string }
  | { readonly found: false; readonly accessKey?: string; readonly nearest?: string };

/** A configured key and the account that it belongs to. */
export interface KeyOwner {
  readonly account: AccountConfig;
  readonly key: KeyConfig;
}

/** More differences than this are no typo. */
const mostDifferences = 3;
/** Longer than any access key; comparing takes time with the square of it. */
const longestCompared = 128;

export function keyOwner(config: Config, accessKey: string | undefined): KeyOwner | undefined {
  for (const account of config.accounts) {
    const key = account.keys.find((candidate) => candidate.accessKey === accessKey);
    if (key !== undefined) return { account, key };
  }
  return undefined;
}

/** @returns what to say of a request's access key; `nearest` only where it looks like a typo */
export function explainAccount(
  config: Config,
  accessKey: string | undefined,
  owner: KeyOwner | undefined,
): AccountExplanation {
  if (owner !== undefined) return { found: true, name: owner.account.name, accessKey: owner.key.accessKey };
  if (accessKey === undefined) return { found: false };
  const nearest = nearestKey(config, accessKey);
  return nearest === undefined ? { found: false, accessKey } : { found: false, accessKey, nearest };
}

function nearestKey(config: Config, accessKey: string): string | undefined {
  if (accessKey.length > longestCompared) return undefined;
  const plain = (key: string): string => key.trim().toUpperCase();
  const [nearest] = config.accounts
    .flatMap(({ keys }) => keys.map((key) => key.accessKey))
    .map((key) => ({ key, differences: distance(plain(key), plain(accessKey)) }))
    .filter(({ differences }) => differences <= mostDifferences)
    .sort((a, b) => a.differences - b.differences);
  return nearest?.key;
}
