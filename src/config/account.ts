// The part of the configuration that describes one cloud account: its keys, instances, credentials and quotas.
// Types only; the whole is in config.ts.

/** A value that must never be shown. Prints, logs and serialises as `***`. */
export interface Secret {
  /** The current value: a secret from a file follows the file. */
  reveal(): string;
  toJSON(): string;
}

export interface KeyConfig {
  readonly accessKey: string;
  readonly secret: Secret;
}

export interface InstanceConfig {
  readonly id: string;
  /** Default: `backends.gateway.regionId`; already filled in. */
  readonly regionId: string;
}

/** Whose credentials the gateway is called with. */
export type GatewayCredentials =
  /** The key that the old client named (the default, PROTOCOL section 3). */
  | { readonly type: 'caller' }
  | { readonly type: 'access_key'; readonly accessKeyId: string; readonly accessKeySecret: Secret }
  | {
      readonly type: 'sts';
      readonly accessKeyId: string;
      readonly accessKeySecret: Secret;
      readonly securityToken: Secret;
    }
  | {
      readonly type: 'ram_role_arn';
      readonly accessKeyId: string;
      readonly accessKeySecret: Secret;
      readonly roleArn: string;
      readonly roleSessionName?: string;
      /** Seconds, as the credentials library takes it. */
      readonly roleSessionExpiration?: number;
      readonly policy?: string;
      readonly externalId?: string;
      readonly stsEndpoint?: string;
    }
  | { readonly type: 'ecs_ram_role'; readonly roleName?: string }
  | {
      readonly type: 'oidc_role_arn';
      readonly roleArn: string;
      readonly oidcProviderArn: string;
      readonly oidcTokenFilePath: string;
      readonly roleSessionName?: string;
      /** Seconds. */
      readonly roleSessionExpiration?: number;
      readonly policy?: string;
      readonly stsEndpoint?: string;
    }
  /** The library's own chain: environment, OIDC, profile file, instance metadata. */
  | { readonly type: 'default' };

/** Rates by operation, calls/s. */
export interface Rates {
  readonly apply: number;
  readonly query: number;
  readonly revoke: number;
}

/** The cloud account: quotas, records, stickiness and labels go by its name. */
export interface AccountConfig {
  readonly name: string;
  /** What old clients send; several during a rotation, all valid. Access keys are unique over all accounts. */
  readonly keys: readonly KeyConfig[];
  /** Allow-list; the first serves requests that name none. Empty: any instance, with the caller's own key. */
  readonly instances: readonly InstanceConfig[];
  readonly gateway: { readonly credentials: GatewayCredentials };
  /** Raised quotas of this account; win over `limits.perAccount`. */
  readonly limits: Partial<Rates>;
  /** Base address of this account's old service, when it has one of its own. */
  readonly legacyUrl?: string;
}
