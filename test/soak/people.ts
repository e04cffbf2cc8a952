// Who calls during a soak: two accounts that the proxy knows, and one that only the old service knows.
import type { SandboxAccount, SandboxKey } from '../../src/sandbox/accounts.ts';

export const shop: SandboxAccount = {
  name: 'shop',
  keys: [
    { accessKey: 'LTAISHOP0001', secret: 'shopSecretOne0123456789abcdefgh' },
    { accessKey: 'LTAISHOP0002', secret: 'shopSecretTwo0123456789abcdefgh' },
  ],
  instances: ['post-cn-shop-1', 'post-cn-shop-2'],
};

export const farm: SandboxAccount = {
  name: 'farm',
  keys: [{ accessKey: 'LTAIFARM0001', secret: 'farmSecretOne0123456789abcdefgh' }],
  instances: ['post-cn-farm-1'],
};

/** Calls a second and account at the emulated gateway: fewer than published, so that a small burst is too much. */
export const gatewayLimits = { apply: 30, query: 30, revoke: 5 } as const;

/** Not in the proxy's configuration: its calls go to the old service untouched. */
export const stranger: SandboxAccount = {
  name: 'stranger',
  keys: [{ accessKey: 'LTAISTRANGER', secret: 'strangerSecret0123456789abcdefg' }],
  instances: ['post-cn-stranger-1'],
};

export const configuredAccounts: readonly SandboxAccount[] = [shop, farm];
export const allAccounts: readonly SandboxAccount[] = [...configuredAccounts, stranger];

/** A key together with what its calls need. */
export interface Caller {
  readonly account: SandboxAccount;
  readonly key: SandboxKey;
}

export const callers: readonly Caller[] = allAccounts.flatMap((account) =>
  account.keys.map((key) => ({ account, key })),
);
