// Which old service a request belongs to: the account's own, or by the host that the client called.
// Addresses come from the configuration only, never from a request.
import type { AccountConfig, Config } from '../config/config.ts';

export interface OldServices {
  /** Base address of an account's old service; undefined when there is none. */
  of(account: AccountConfig): string | undefined;
  /** Base address for whoever is not configured. @param host the `Host` header as received */
  at(host: string | undefined): string | undefined;
}

const portSuffix = /:\d*$/;

export function createOldServices({ backends: { legacy } }: Config): OldServices {
  return {
    of: (account) => account.legacyUrl ?? legacy?.url,
    at: (host) => {
      if (legacy === undefined) return undefined;
      const name = (host ?? '').toLowerCase().replace(portSuffix, '');
      return Object.hasOwn(legacy.hosts, name) ? legacy.hosts[name] : legacy.url;
    },
  };
}
