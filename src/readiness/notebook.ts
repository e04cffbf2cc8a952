// The notes of all accounts, a bounded number for each. Knows when to forget, not what a note means.
import { memoryMs } from './kinds.ts';
import { endOf, joined, type Note, type Topic } from './note.ts';

/** Notes of one account at most; beyond it those not touched for longest leave. */
export const mostNotes = 64;

export class Notebook {
  readonly #accounts = new Map<string, Map<string, Note>>();

  get isEmpty(): boolean {
    return this.#accounts.size === 0;
  }

  /** @returns whether the topic is new */
  add(account: string, note: Note): boolean {
    const notes = this.#accounts.get(account) ?? new Map<string, Note>();
    this.#accounts.set(account, notes);
    const key = keyOf(note);
    const known = notes.get(key);
    // What was touched last is last.
    notes.delete(key);
    notes.set(key, known === undefined ? note : joined(known, note));
    if (notes.size > mostNotes) notes.delete(leastOf(notes));
    return known === undefined;
  }

  addAll(other: Notebook): void {
    for (const [account, notes] of other.entries()) for (const note of notes) this.add(account, note);
  }

  of(account: string): readonly Note[] {
    return [...(this.#accounts.get(account)?.values() ?? [])];
  }

  find(account: string, topic: Topic): Note | undefined {
    return this.#accounts.get(account)?.get(keyOf(topic));
  }

  *entries(): Iterable<readonly [account: string, notes: Iterable<Note>]> {
    for (const [account, notes] of this.#accounts) yield [account, notes.values()];
  }

  forgetOld(nowMs: number): void {
    for (const [account, notes] of this.#accounts) {
      for (const [key, note] of notes) if (endOf(note, memoryMs) < nowMs) notes.delete(key);
      if (notes.size === 0) this.#accounts.delete(account);
    }
  }
}

function keyOf({ kind, subject, basis }: Topic): string {
  return `${kind}\n${subject}\n${basis}`;
}

/** Permissions and signatures are many; that calls were seen must not be lost for them. */
function leastOf(notes: ReadonlyMap<string, Note>): string {
  for (const [key, { kind }] of notes) if (kind !== 'calls' && kind !== 'genuine') return key;
  return notes.keys().next().value ?? '';
}
