// One thing that was seen of an account, how often and when. A value with its two transitions; pure.
import type { NoteKind } from './kinds.ts';

/** What a note is about. */
export interface Topic {
  readonly kind: NoteKind;
  /** Which key, operation, parameter …; empty where there is but one. */
  readonly subject: string;
  /** Fingerprint of the configuration that it depends on: under another one it means nothing. */
  readonly basis: string;
}

/** Times in ms since epoch, 0 where there is none. */
export interface Note extends Topic {
  /** Since `firstMs`, or since it was last cleared. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** What was seen up to here has been disproved since. */
  readonly clearedMs: number;
  /** It matters until then, if that is later than the usual end. */
  readonly untilMs: number;
  /** The latest case, for people; holds nothing secret. */
  readonly sample: string;
}

export type Sighting = Pick<Note, 'lastMs'> & Partial<Pick<Note, 'count' | 'firstMs' | 'untilMs' | 'sample'>>;

const longestSample = 200;
const unprintable = /[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]+/g;

export function noteOf(
  topic: Topic,
  { lastMs, count = 1, firstMs, untilMs = 0, sample = '' }: Sighting,
): Note {
  const { kind, subject, basis } = topic;
  const shown = sample.slice(0, longestSample).replaceAll(unprintable, ' ');
  return {
    kind,
    subject,
    basis,
    count,
    firstMs: firstMs ?? lastMs,
    lastMs,
    clearedMs: 0,
    untilMs,
    sample: shown,
  };
}

/** Says that what was seen of a topic up to now does not hold any more. */
export function clearing({ kind, subject, basis }: Topic, atMs: number): Note {
  return { kind, subject, basis, count: 0, firstMs: 0, lastMs: 0, clearedMs: atMs, untilMs: 0, sample: '' };
}

/** Whether there is anything left of it. */
export function holds({ lastMs, clearedMs }: Note): boolean {
  return lastMs > clearedMs;
}

/** Two notes of one topic as one; in whichever order. */
export function joined(one: Note, other: Note): Note {
  const clearedMs = Math.max(one.clearedMs, other.clearedMs);
  const held = [one, other].filter(({ lastMs }) => lastMs > clearedMs);
  const latest = one.lastMs >= other.lastMs ? one : other;
  const earlier = latest === one ? other : one;
  return {
    ...latest,
    count: held.reduce((sum, { count }) => sum + count, 0),
    firstMs: held.length === 0 ? latest.firstMs : Math.min(...held.map(({ firstMs }) => firstMs)),
    clearedMs,
    untilMs: Math.max(one.untilMs, other.untilMs),
    sample: latest.sample === '' ? earlier.sample : latest.sample,
  };
}

/** When a note is forgotten, ms since epoch. */
export function endOf({ lastMs, clearedMs, untilMs }: Note, memoryMs: number): number {
  return Math.max(lastMs + memoryMs, clearedMs + memoryMs, untilMs);
}
