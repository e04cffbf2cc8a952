// Counts the calls of one account: on the way of every call, so that counting is all it does. What was counted becomes
// notes once in a while.
import { operations, type Operation } from './kinds.ts';
import { noteOf, type Note, type Topic } from './note.ts';

interface Tally {
  readonly topic: Topic;
  count: number;
  firstMs: number;
  lastMs: number;
}

export class SeenCalls {
  readonly #calls: Readonly<Record<Operation, Tally>> = {
    apply: tallyOf({ kind: 'calls', subject: 'apply', basis: '' }),
    query: tallyOf({ kind: 'calls', subject: 'query', basis: '' }),
    revoke: tallyOf({ kind: 'calls', subject: 'revoke', basis: '' }),
  };
  readonly #genuine = new Map<string, Tally>();

  called(operation: Operation, nowMs: number): void {
    add(this.#calls[operation], nowMs);
  }

  /** A signature was made with the secret that this basis stands for. */
  genuine(accessKey: string, basis: string, nowMs: number): void {
    let tally = this.#genuine.get(accessKey);
    if (tally?.topic.basis !== basis) {
      tally = tallyOf({ kind: 'genuine', subject: accessKey, basis });
      this.#genuine.set(accessKey, tally);
    }
    add(tally, nowMs);
  }

  /** What was counted since the last time. */
  take(): readonly Note[] {
    const tallies = [...operations.map((operation) => this.#calls[operation]), ...this.#genuine.values()];
    return tallies.flatMap((tally) => {
      if (tally.count === 0) return [];
      const note = noteOf(tally.topic, tally);
      tally.count = 0;
      return [note];
    });
  }
}

function tallyOf(topic: Topic): Tally {
  return { topic, count: 0, firstMs: 0, lastMs: 0 };
}

function add(tally: Tally, nowMs: number): void {
  if (tally.count === 0) tally.firstMs = nowMs;
  tally.count += 1;
  tally.lastMs = nowMs;
}
