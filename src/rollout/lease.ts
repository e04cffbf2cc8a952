// Which of several replicas drives the rollout: a document that its holder keeps writing. No clock is compared with
// another replica's.

/*
 * A holder may act for half a term after the beginning of its last renewal, by its own clock. Others take over when they
 * have seen the same version for a whole term, by theirs. So one has stopped well before the next begins, as long as
 * clocks run at about the same speed. That is order, not safety: whatever a driver does is also tied to the version of
 * the rollout's document and of the dial, so that of two drivers one does nothing.
 */
import type { RolloutStore } from './ports.ts';
import { parseObject } from './status-document.ts';

export interface Lease {
  /** Takes or renews the lease. Rejects when the store fails. @returns whether this replica may act */
  hold(): Promise<boolean>;
  /** Whether this replica may act at this moment. */
  isHeld(): boolean;
  /** Lets another replica take it at once. Rejects when the store fails. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly store: Pick<RolloutStore, 'readDocument' | 'writeDocument'>;
  readonly replicaId: string;
  readonly monotonicMs: () => number;
  readonly termMs?: number;
}

const documentName = 'rollout-lease';

export function createLease({ store, replicaId, monotonicMs, termMs = 4_000 }: LeaseOptions): Lease {
  let seen = { version: -1, atMs: 0 };
  let actsUntilMs = Number.NEGATIVE_INFINITY;

  const isHeld = (): boolean => monotonicMs() < actsUntilMs;
  async function read(): Promise<{ version: number; holder: unknown }> {
    const document = await store.readDocument(documentName);
    const holder = document === undefined ? undefined : parseObject(document.text)?.['holder'];
    return { version: document?.version ?? 0, holder };
  }
  const write = (holder: string | null, version: number): Promise<boolean> =>
    store.writeDocument(documentName, JSON.stringify({ holder }), version);

  return {
    isHeld,
    async hold() {
      const startedMs = monotonicMs();
      const { version, holder } = await read();
      if (version !== seen.version) seen = { version, atMs: startedMs };
      const isAnothers = typeof holder === 'string' && holder !== replicaId;
      if (isAnothers) actsUntilMs = Number.NEGATIVE_INFINITY;
      if (isAnothers && startedMs - seen.atMs < termMs) return false;
      if (!(await write(replicaId, version))) return false;
      actsUntilMs = startedMs + termMs / 2;
      return isHeld();
    },
    async release() {
      actsUntilMs = Number.NEGATIVE_INFINITY;
      const { version, holder } = await read();
      if (holder === replicaId) await write(null, version);
    },
  };
}
