// The configuration as the rest of the product sees it: loaded once, validated once, frozen, passed on as slices.
// Durations are in ms, shares in percent, rates in calls/s. How it is written down is in schema.ts.

import type { AccountConfig, Rates, Secret } from './account.ts';

export type {
  AccountConfig,
  GatewayCredentials,
  InstanceConfig,
  KeyConfig,
  Rates,
  Secret,
} from './account.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
}

export interface AdminToken {
  readonly name: string;
  readonly token: Secret;
  readonly role: 'read' | 'write';
}

export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly AdminToken[];
}

export interface LegacyBackend {
  /** Base address, always with a scheme, without a trailing slash. */
  readonly url: string;
  /** By the request's `Host` (lower case, without port), for unknown accounts. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface GatewayBackend {
  readonly regionId: string;
  /** `host[:port]`, when it is not `onsmqtt.<regionId>.aliyuncs.com`. */
  readonly endpoint?: string;
  readonly protocol: 'https' | 'http';
  readonly timeoutMs: number;
}

export type SplitKeyField = 'account' | 'instanceId' | 'resources' | 'clientAddress' | 'request';

/** First match wins; a field that is absent matches everything. */
export interface SplitOverride {
  readonly account?: string;
  readonly instanceId?: string;
  readonly gatewayPercent: number;
}

export interface SplitConfig {
  /** Two decimals. Default 0 with an old service, 100 without; already filled in. */
  readonly gatewayPercent: number;
  /** Whether the file says so, rather than the default. */
  readonly gatewayPercentIsSet: boolean;
  readonly key: readonly SplitKeyField[];
  readonly overrides: readonly SplitOverride[];
  readonly fallback: {
    readonly on: readonly ('fault' | 'throttled' | 'denied')[];
    readonly budgetPercent: number;
    readonly both: boolean;
  };
  readonly unknownAccounts: 'legacy' | 'reject';
}

export interface LimitsConfig {
  readonly perAccount: Rates;
  readonly perAddress: Rates;
  readonly headroomPercent: number;
  readonly replicas: number;
}

export interface BreakerConfig {
  readonly consecutive: number;
  readonly errorPercent: number;
  readonly minCalls: number;
  readonly windowMs: number;
  readonly openForMs: number;
  readonly openAtMostMs: number;
}

export interface RolloutStep {
  readonly gatewayPercent: number;
  /** ms, or until somebody promotes; the last step needs none. */
  readonly hold?: number | 'manual';
}

export interface RolloutConfig {
  readonly steps: readonly RolloutStep[];
  readonly abortWhen: { readonly errorPercent: number; readonly minRequests: number };
  readonly coolDownMs: number;
}

export type StoreConfig =
  | { readonly type: 'lmdb'; readonly path: string }
  | {
      readonly type: 'redis';
      /** May hold a password. */
      readonly url: Secret;
      readonly prefix: string;
      readonly whenDown: 'degrade' | 'refuse';
    }
  | { readonly type: 'memory' };

export interface Config {
  readonly listen: readonly Listener[];
  /** Addresses or CIDRs whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** CIDRs that may call; empty: all. */
  readonly allowFrom: readonly string[];
  readonly admin: AdminConfig;
  readonly accounts: readonly AccountConfig[];
  readonly backends: { readonly legacy?: LegacyBackend; readonly gateway: GatewayBackend };
  readonly split: SplitConfig;
  /** Whole answer, from the arrival of the request's head. Old clients give up at 5 s. */
  readonly deadlineMs: number;
  readonly limits: LimitsConfig;
  readonly reuse: { readonly enabled: boolean; readonly toleranceMs: number };
  readonly breaker: BreakerConfig;
  readonly shadow: { readonly percent: number; readonly verify: boolean };
  readonly rollout: RolloutConfig;
  readonly store: StoreConfig;
  readonly drain: { readonly delayMs: number };
  readonly reload: { readonly watch: boolean };
  readonly answers: { readonly failureStatus: 200 | 'mirror' };
  /** `sunset` as a date `YYYY-MM-DD`. */
  readonly headers: { readonly deprecation: boolean; readonly sunset?: string };
  readonly metrics: { readonly accounts: number };
  readonly log: {
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
    readonly format: 'json' | 'pretty';
  };
}

/** One mistake in a configuration file. */
export interface ConfigMistake {
  /** `accounts[0].keys[1].accessKey`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what is allowed, in one sentence. Never a secret's value. */
  readonly message: string;
  /** Position in the file, where it is known. */
  readonly line?: number;
}
