// What the admin API asks of readiness: narrow interfaces, declared here and satisfied by app.
import type { ExplainedOperation } from './sources.ts';

/** What readiness reports; `ReadinessReport` of readiness/readiness.ts is one. */
export interface ReadinessReading {
  /** What was seen last before is left out, ms since epoch. */
  readonly sinceMs: number;
  readonly address: ReadinessVerdict;
  readonly accounts: readonly (ReadinessVerdict & {
    readonly account: string;
    readonly calls: Readonly<Record<ExplainedOperation, number>>;
  })[];
  /** Why it may lack what other replicas have seen. */
  readonly problem?: string;
}

export interface ReadinessVerdict {
  readonly verdict: 'ready' | 'blocked';
  readonly blockers: readonly {
    readonly kind: string;
    readonly detail: string;
    readonly count: number;
    /** ms since epoch; absent where nothing was seen. */
    readonly lastSeenMs?: number;
  }[];
  readonly notes: readonly string[];
  readonly peak: Readonly<
    Record<ExplainedOperation, { callsPerSecond: number; limit: number; longestWaitMs: number }>
  >;
}

/** @param sinceMs default: all that is remembered, a day */
export type ReadinessSource = (sinceMs?: number) => Promise<ReadinessReading>;
