// Secrets for tests, as the configuration hands them out.
import type { Secret } from '../../src/config/config.ts';

export interface ChangeableSecret extends Secret {
  change(value: string): void;
}

/** A secret whose value a test can rotate. */
export function secretOf(value: string): ChangeableSecret {
  let current = value;
  return {
    reveal: () => current,
    toJSON: () => '***',
    change: (next) => {
      current = next;
    },
  };
}
