// The notes that all replicas share, as they are kept: a JSON document. Pure; what does not fit is left out, since what
// matters will be seen again.
import { noteOf, type Note } from './note.ts';
import type { NoteKind } from './kinds.ts';
import { Notebook } from './notebook.ts';
import { fieldsOf, isAmount, parseFields } from './json.ts';

const format = 1;

type Row = readonly [
  kind: string,
  subject: string,
  basis: string,
  count: number,
  firstMs: number,
  lastMs: number,
  clearedMs: number,
  untilMs: number,
  sample: string,
];

export function encodeNotes(notebook: Notebook): string {
  const accounts = Object.fromEntries(
    Array.from(notebook.entries(), ([account, notes]) => [account, Array.from(notes, rowOf)]),
  );
  return JSON.stringify({ format, accounts });
}

export function decodeNotes(text: string): Notebook | undefined {
  const fields = parseFields(text);
  if (fields?.['format'] !== format) return undefined;
  const notebook = new Notebook();
  for (const [account, rows] of Object.entries(fieldsOf(fields['accounts']) ?? {})) {
    for (const row of Array.isArray(rows) ? (rows as unknown[]) : []) {
      const note = noteFrom(row);
      if (note !== undefined) notebook.add(account, note);
    }
  }
  return notebook;
}

function rowOf(note: Note): Row {
  const { kind, subject, basis, count, firstMs, lastMs, clearedMs, untilMs, sample } = note;
  return [kind, subject, basis, count, firstMs, lastMs, clearedMs, untilMs, sample];
}

const kinds = {
  calls: true,
  genuine: true,
  signature: true,
  'legacy-rejects': true,
  'refused-parameters': true,
  'unknown-instance': true,
  'old-tokens': true,
  permission: true,
  shadow: true,
  'shadow-match': true,
} as const satisfies Record<NoteKind, true>;

function noteFrom(row: unknown): Note | undefined {
  if (!Array.isArray(row)) return undefined;
  const [kind, subject, basis, count, firstMs, lastMs, clearedMs, untilMs, sample] = row as unknown[];
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) return undefined;
  if (typeof subject !== 'string' || typeof basis !== 'string' || typeof sample !== 'string')
    return undefined;
  if (!isAmount(count) || !isAmount(firstMs) || !isAmount(lastMs)) return undefined;
  if (!isAmount(clearedMs) || !isAmount(untilMs)) return undefined;
  const topic = { kind: kind as NoteKind, subject, basis };
  return { ...noteOf(topic, { lastMs, count, firstMs, untilMs, sample }), clearedMs };
}
