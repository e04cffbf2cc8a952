// What the admin API asks of the shadow calls: narrow interfaces, declared here and satisfied by app.

/** How long calls of one side took. */
export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What trying the old service's calls at the gateway too has shown; `ExperimentReading` of shadow/experiment.ts is one. */
export interface ShadowReading {
  readonly percent: number;
  readonly verify: boolean;
  readonly counts: Readonly<Record<'match' | 'mismatch' | 'error' | 'dropped', number>>;
  readonly waiting: number;
  /** Null without samples. */
  readonly durations: { readonly legacy: Quantiles | null; readonly gateway: Quantiles | null };
  /** Newest first; masked. */
  readonly mismatches: readonly ShadowMismatch[];
}

export interface ShadowMismatch {
  /** ms since epoch. */
  readonly atMs: number;
  readonly account: string;
  readonly operation: 'apply' | 'query';
  readonly requestId: string;
  readonly instanceId?: string;
  readonly bucket?: number;
  /** What the old service answered. */
  readonly control: { readonly outcome: string; readonly code: number; readonly durationMs: number };
  /** What the client would have got without it. */
  readonly candidate: {
    readonly by: 'gateway' | 'proxy';
    readonly outcome: string;
    readonly code: number;
    readonly durationMs?: number;
    readonly gatewayCode?: string;
    readonly gatewayRequestId?: string;
  };
  readonly why: string;
  readonly parameters: object;
}
