// The notes as all replicas together have them: what is noted here joins the document that they share. What is new is
// shared at once, mere repetitions once in a while.
import type { NoteKind } from './kinds.ts';
import type { Note } from './note.ts';
import { Notebook } from './notebook.ts';
import { decodeNotes, encodeNotes } from './notes-document.ts';
import { changeDocument, type DocumentStore } from './shared-document.ts';

const documentName = 'readiness-notes';
const repetitionsMs = 30_000;

export interface SharedNotes {
  note(account: string, note: Note): void;
  /** Of all replicas, as far as is known here. */
  of(account: string): readonly Note[];
  /** Accounts that have notes of a kind; few of them have, of most kinds. */
  accountsWith(kind: NoteKind): ReadonlySet<string>;
  /**
   * Reads what the others have noted, and writes what is new here. Rejects when the store fails; nothing is lost then.
   * @param all repetitions too
   */
  share(nowMs: number, all?: boolean): Promise<void>;
}

export function createSharedNotes(store: DocumentStore): SharedNotes {
  let unshared = new Notebook();
  let shared = new Notebook();
  let isNews = false;
  let repeatedMs = -Infinity;
  let lastText: string | undefined;

  return {
    note(account, note) {
      const isNew = unshared.add(account, note) && shared.find(account, note) === undefined;
      // What was disproved, or was seen again after that, is as new.
      isNews ||= isNew || note.clearedMs > 0 || (shared.find(account, note)?.clearedMs ?? 0) > 0;
    },

    of(account) {
      const all = new Notebook();
      for (const book of [shared, unshared]) for (const note of book.of(account)) all.add(account, note);
      return all.of(account);
    },

    accountsWith(kind) {
      const accounts = new Set<string>();
      for (const book of [shared, unshared]) {
        for (const [account, notes] of book.entries()) {
          for (const note of notes) if (note.kind === kind) accounts.add(account);
        }
      }
      return accounts;
    },

    async share(nowMs, all = false) {
      const isDue = all || isNews || nowMs - repeatedMs >= repetitionsMs;
      const sent = isDue ? unshared : new Notebook();
      if (isDue) {
        unshared = new Notebook();
        isNews = false;
      }
      try {
        shared = await changeDocument(store, documentName, (text) => {
          if (sent.isEmpty && text === lastText) return { text: undefined, result: shared };
          lastText = text;
          const result = (text === undefined ? undefined : decodeNotes(text)) ?? copyOf(shared);
          result.addAll(sent);
          result.forgetOld(nowMs);
          return { text: sent.isEmpty ? undefined : encodeNotes(result), result };
        });
        if (isDue) repeatedMs = nowMs;
      } catch (error) {
        const later = unshared;
        unshared = sent;
        unshared.addAll(later);
        isNews = true;
        throw error;
      }
    },
  };
}

function copyOf(book: Notebook): Notebook {
  const copy = new Notebook();
  copy.addAll(book);
  return copy;
}
