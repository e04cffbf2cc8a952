// The current state of the dial: the only mutable cell of the split. Read by each call, turned by the file and by
// operators, kept in the store so that it survives restarts and reaches the other replicas.

/*
 * Raising waits for the store, lowering does not. An order that sends more calls to the gateway takes effect once it is
 * kept: else a restart would silently undo it. An order that only sends calls back to the old service takes effect at
 * once, kept or not: an operator who wants out must not be held by a broken disk. It is then kept as soon as the store
 * works; until then `problem` says so, and a restart would forget it. What the file says takes effect at once as well:
 * after a restart it says the same.
 */
import type { DialChange, DialOrder, DialOrigin, DialState } from './dial-state.ts';

export interface Dial {
  /** The state in force; cheap, for every call. */
  state(): DialState;
  /**
   * Carries an order out, one at a time. Takes effect with the next call.
   * @returns the state in force. Rejects when a raising order could not be kept, and then nothing has changed so far
   * (a store that was only late may still bring it into force). An order
   * that only lowers (`onlyLowers`) and the file's are in force when the function returns; their promise never rejects
   */
  order(order: DialOrder, origin: DialOrigin): Promise<DialState>;
  /** Changes, newest first; those that are in force but not kept yet included. Rejects when the store cannot be read. */
  history(most: number): Promise<readonly DialChange[]>;
  /** Calls back after each change, from here or from another replica. */
  onChange(listener: (state: DialState) => void): void;
  /** What is wrong with keeping the dial, for people; nothing when what is in force is kept. */
  problem(): string | undefined;
  /** Tries once more to keep what is not kept yet. */
  close(): Promise<void>;
}
