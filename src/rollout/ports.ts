// What a rollout asks of the rest of the house: narrow interfaces, declared here and satisfied by app.
import type { RolloutChange } from './change.ts';
import type { DialOrder } from './decision.ts';
import type { DialReading, Misfit, OldService } from './facts.ts';

/** Documents with compare-and-set, and the history; `Store` of store/store.ts is one. */
export interface RolloutStore {
  /** Rejects when it cannot be read. */
  readDocument(name: string): Promise<{ readonly version: number; readonly text: string } | undefined>;
  /** False when `expected` is not the document's version any more; rejects when the store fails. */
  writeDocument(name: string, text: string, expected: number, history?: readonly string[]): Promise<boolean>;
  /** @returns ends it */
  onDocument(name: string, listener: () => void): () => void;
}

/** The dial of the split; `Dial` of split/dial.ts is one. */
export interface RolloutDial {
  state(): DialReading;
  /**
   * Resolves to the state in force. `all-back` is in force when the function returns, whatever the store does; `weight`
   * changes nothing when the dial's version is not `ifVersion`, and rejects when it could not be kept.
   */
  order(order: DialOrder, origin: { readonly by: string; readonly reason?: string }): Promise<DialReading>;
}

export interface BackendHealth {
  /** Whether the breaker for the gateway's apply calls is anything but closed. */
  gatewayBreakerOpen(): boolean;
  /** `silent`: rolling back would be an outage, as far as this replica knows. */
  oldService(): OldService;
}

export interface RolloutSurroundings {
  readonly store: RolloutStore;
  readonly dial: RolloutDial;
  readonly health: BackendHealth;
  /** What a weight would not fit into, by the rates of late; empty when all fits. */
  readonly misfitsAt: (gatewayPercent: number) => readonly Misfit[];
  /** ms since epoch. */
  readonly now: () => number;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
  /** Of this process; another one with each start. */
  readonly replicaId: string;
  /** A transition that this replica has brought about and that is kept. */
  readonly transitioned: (change: RolloutChange) => void;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}
