// The cloud accounts that the sandbox pretends to know, and who owns which access key and instance.
// Plain data and look-ups; it checks no signature and keeps no state.

/** A credential that calls may be signed with. */
export interface SandboxKey {
  readonly accessKey: string;
  readonly secret: string;
  /** Present for a temporary (STS) credential: the token that must travel with every call to the gateway. */
  readonly securityToken?: string;
  /** When the STS token ceases to be accepted, ms since epoch. */
  readonly securityTokenExpiresAtMs?: number;
}

/** One cloud account: quotas are counted by its name, all its keys share them. */
export interface SandboxAccount {
  readonly name: string;
  readonly keys: readonly SandboxKey[];
  /** Instances that the account owns; the first serves old calls that name none. At least one. */
  readonly instances: readonly string[];
}

/** An access key together with the account that it belongs to. */
export interface OwnedKey {
  readonly account: SandboxAccount;
  readonly key: SandboxKey;
}

/** The fixed credentials of PROTOCOL section 4. They open nothing but a sandbox. */
export const sandboxCredentials = {
  accessKey: 'LTAISANDBOX0001',
  secret: 'sandboxSecret0123456789abcdefgh',
  instanceId: 'post-cn-0pp12gl0001',
} as const;

/** The account that every sandbox knows unless it is given others. */
export const defaultAccount: SandboxAccount = {
  name: 'sandbox',
  keys: [{ accessKey: sandboxCredentials.accessKey, secret: sandboxCredentials.secret }],
  instances: [sandboxCredentials.instanceId],
};

/** A look-up from access key to its owner. An access key belongs to one account; the first listed wins. */
export class AccountBook {
  readonly accounts: readonly SandboxAccount[];
  readonly #byKey = new Map<string, OwnedKey>();

  constructor(accounts: readonly SandboxAccount[]) {
    this.accounts = accounts;
    for (const account of accounts) {
      for (const key of account.keys) {
        if (!this.#byKey.has(key.accessKey)) this.#byKey.set(key.accessKey, { account, key });
      }
    }
  }

  /** @returns the owner of an access key, or nothing when no account has it */
  find(accessKey: string): OwnedKey | undefined {
    return this.#byKey.get(accessKey);
  }
}
