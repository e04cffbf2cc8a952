// Keys that the schema accepts but whose function this version does not have yet, and what happens instead.
// A configuration that sets one draws one warning. When a function arrives, its line here goes.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import type { Finding, KeyPath } from './mistakes.ts';
import { writtenForm, type WrittenForm } from './written-form.ts';

export interface PendingKey {
  /** Key path; `accounts[].x` stands for that key of any account. */
  readonly path: string;
  readonly instead: string;
}

// prettier-ignore
export const pendingKeys: readonly PendingKey[] = [
  { path: 'rollout', instead: 'there is no rollout; move the weight by hand' },
];

/**
 * One warning for each key of the table that is set to something else than its default.
 * @param defaults the configuration that an empty file would give, with the same backends
 */
export function pendingWarnings(
  config: Config,
  defaults: Config,
  table: readonly PendingKey[] = pendingKeys,
): Finding[] {
  const written = writtenForm(config);
  const usual = writtenForm(defaults);
  return table.flatMap((pending): Finding[] => {
    const path = pathsOf(pending.path, config.accounts.length).find(
      (candidate) => !isDeepStrictEqual(valueAt(written, candidate), valueAt(usual, candidate)),
    );
    const message = `has no function in this version: ${pending.instead}`;
    return path === undefined ? [] : [{ path, message }];
  });
}

function pathsOf(path: string, accounts: number): KeyPath[] {
  const [head, key] = path.split('[].');
  if (head === undefined || key === undefined) return [path.split('.')];
  return Array.from({ length: accounts }, (_, at) => [head, at, key]);
}

function valueAt(document: WrittenForm, path: KeyPath): unknown {
  let value: unknown = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}
