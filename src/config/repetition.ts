// Finds what is named twice. Pure.
import { pathText, type Finding, type KeyPath } from './mistakes.ts';

export interface Named {
  readonly path: KeyPath;
  readonly value: string | undefined;
}

/** One finding for each value that stands at an earlier path already. The value itself is not shown. */
export function repeated(named: readonly Named[], what: string): Finding[] {
  const seen = new Map<string, KeyPath>();
  return named.flatMap(({ path, value }): Finding[] => {
    if (value === undefined) return [];
    const first = seen.get(value);
    if (first === undefined) {
      seen.set(value, path);
      return [];
    }
    return [{ path, message: `is the same ${what} as at ${pathText(first)}: each must be unique` }];
  });
}
