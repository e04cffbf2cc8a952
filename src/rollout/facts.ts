// What a rollout is told when it decides: the clock, the dial, the health of both backends, the guard's evidence, and
// what the next step would cost. All of it is observed elsewhere.
import type { EvidenceSummary } from './summary.ts';
import type { Verdict } from './verdict.ts';

/** The dial of the split, as far as a rollout cares. */
export interface DialReading {
  /** Rises with each change of the dial, whoever made it. */
  readonly version: number;
  readonly gatewayPercent: number;
  /** Everything to the old service, above every override. */
  readonly forced: boolean;
}

/** A quota that a step would not fit into. */
export interface Misfit {
  readonly scope: 'account' | 'address';
  /** With scope `account`. */
  readonly account?: string;
  /** Of the gateway: `apply`, `query`, `revoke`. */
  readonly action: string;
  /** Calls/s to be expected at the step. */
  readonly projected: number;
  /** Calls/s that the quota allows, less the headroom. */
  readonly limit: number;
}

export interface Facts {
  /** ms since epoch. */
  readonly nowMs: number;
  readonly dial: DialReading;
  /** Whether the breaker for the gateway's apply calls is anything but closed. */
  readonly breakerOpen: boolean;
  readonly oldService: OldService;
  readonly verdict: Verdict;
  readonly evidence: EvidenceSummary;
  /** What a weight would not fit into; empty when all fits. */
  readonly misfitsAt: (gatewayPercent: number) => readonly Misfit[];
}

/** `none`: there is nothing to go back to, by configuration. */
export type OldService = 'answers' | 'silent' | 'none';

const mostNamed = 3;

/** `account shop: 140 apply calls/s, 90 fit`, the worst first. */
export function describeMisfits(misfits: readonly Misfit[]): string {
  const excess = ({ projected, limit }: Misfit): number => projected / Math.max(limit, 1e-9);
  const worst = misfits.toSorted((one, other) => excess(other) - excess(one)).slice(0, mostNamed);
  const named = worst.map(({ scope, account, action, projected, limit }) => {
    const whose = scope === 'account' ? `account ${account ?? ''}` : 'this address';
    return `${whose}: ${rounded(projected)} ${action} calls/s, ${rounded(limit)} fit`;
  });
  const more = misfits.length - worst.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}
