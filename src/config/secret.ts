// A secret that shows itself only to who asks by name: every other way of looking at it gives `***`.
// It does not know how values are read or kept fresh: that is secret-files.ts and secret-source.ts.
import { inspect } from 'node:util';
import type { Secret } from './config.ts';

/** Where a secret comes from, in the spelling of the configuration file, without its value. */
export type SecretOrigin = 'literal' | { readonly env: string } | { readonly file: string };

const mask = '***';

export class MaskedSecret implements Secret {
  readonly origin: SecretOrigin;
  readonly #read: () => string;

  /** @param read gives the current value; must not throw */
  constructor(origin: SecretOrigin, read: () => string) {
    this.origin = origin;
    this.#read = read;
  }

  reveal(): string {
    return this.#read();
  }

  toJSON(): string {
    return mask;
  }

  toString(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

/** How a secret is shown in the effective configuration: its origin, or `***` for a literal. */
export function shownSecret(secret: MaskedSecret): string | Record<string, string> {
  return secret.origin === 'literal' ? mask : { ...secret.origin };
}
