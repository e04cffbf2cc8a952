// What the room offers: verbs that the rest of the house feeds it with, and the report. Types only.
import type { BlockerKind, InstanceDoubt, Operation } from './kinds.ts';
import type { BudgetOf } from './load.ts';

/** What is known of an account by configuration. */
export interface AccountFacts {
  readonly name: string;
  readonly hasOldService: boolean;
  /** The access keys that old clients send. */
  readonly accessKeys: readonly string[];
  /** Fingerprint of a key's secret as it is now; must be cheap. */
  readonly basisOfKey: (accessKey: string) => string;
  /** Fingerprint of the instances that callers may name. */
  readonly basisOfInstances: string;
  /** Fingerprint of all that the gateway is called with: endpoint, instances, credentials as they are now. */
  readonly basisOfGateway: () => string;
}

export interface ReadinessFacts {
  readonly accounts: readonly AccountFacts[];
  /** What of the gateway's quotas is there to be used. */
  readonly budgetOf: BudgetOf;
}

/** Who asked the gateway for what. */
export interface GatewayUse {
  readonly account: string;
  /** Where the gateway is called with the key that the client named. */
  readonly accessKey?: string | undefined;
  readonly action: Operation;
  readonly instanceId: string;
  /** Of an apply: what may depend on permissions for single topics. */
  readonly topics: string;
}

export interface Denial {
  /** Safe to show. */
  readonly code: string;
  readonly message: string;
  /** Whether it may be about these topics only, rather than about who asks and the instance. */
  readonly ofTopics: boolean;
}

/** What a shadow call came to, beside the answer of the old service. */
export interface ShadowConclusion {
  readonly account: string;
  readonly operation: Operation;
  readonly result: 'match' | 'mismatch' | 'error' | 'dropped';
  /** For people; holds nothing secret. */
  readonly why: string;
}

/** Cheap, and never throw; of accounts that are not configured nothing is kept. */
export interface ReadinessRecorder {
  /** A call of a configured account, whoever serves it. @param genuine our verdict on its signature */
  arrived(account: string, accessKey: string, operation: Operation, genuine: boolean): void;
  /** `proxy_rejects`: the old service accepts what we would refuse. */
  signaturesDiffer(
    account: string,
    accessKey: string,
    operation: Operation,
    which: 'proxy_rejects' | 'legacy_rejects',
  ): void;
  /** The old service served what would be refused. @param parameter from a closed set @param message safe to show */
  wouldBeRefused(account: string, parameter: string, message: string): void;
  instanceUnknown(account: string, doubt: InstanceDoubt, instanceId?: string): void;
  /** The old service issued a token, and nobody will know for which instance. */
  oldTokenIssued(account: string, expiresAtMs: number): void;
  gatewayAllowed(use: GatewayUse): void;
  gatewayDenied(use: GatewayUse, denial: Denial): void;
  shadowConcluded(conclusion: ShadowConclusion): void;
}

export interface Blocker {
  readonly kind: BlockerKind;
  /** One sentence for people: what would happen, and what to do. */
  readonly detail: string;
  readonly count: number;
  /** ms since epoch; absent where nothing was seen. */
  readonly lastSeenMs?: number;
}

export interface Peak {
  /** In any second. */
  readonly callsPerSecond: number;
  /** Calls/s that fit. */
  readonly limit: number;
  /** For a turn, at most, ms. */
  readonly longestWaitMs: number;
}

export type Peaks = Readonly<Record<Operation, Peak>>;

export interface Verdict {
  readonly verdict: 'ready' | 'blocked';
  readonly blockers: readonly Blocker[];
  /** For people: worth knowing, and no reason to wait. */
  readonly notes: readonly string[];
  readonly peak: Peaks;
}

export interface AccountReadiness extends Verdict {
  readonly account: string;
  readonly calls: Readonly<Record<Operation, number>>;
}

export interface ReadinessReport {
  /** What was seen last before is left out, ms since epoch. */
  readonly sinceMs: number;
  /** Of all accounts together: the address that calls leave from. */
  readonly address: Verdict;
  readonly accounts: readonly AccountReadiness[];
  /** Why it may lack what other replicas have seen; absent while nothing is wrong. */
  readonly problem?: string;
}

export interface Readiness extends ReadinessRecorder {
  /**
   * Asks the store first for what others have seen; never rejects.
   * @param sinceMs default: all that is remembered
   */
  report(sinceMs?: number): Promise<ReadinessReport>;
  configure(facts: ReadinessFacts): void;
  /** Shares what was seen; to be called every few seconds. Never rejects. */
  tick(): Promise<void>;
  close(): Promise<void>;
}
