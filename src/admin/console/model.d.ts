// What the console makes of the answers: each with its age, and the verdict.
import type { Callers, History, Readiness, Rollout, Shadow, Split, Status, Timeline } from './shapes.js';

/** What is known of one route of the API just now. */
export interface Source<Data> {
  /** The newest answer; undefined before the first. */
  data: Data | undefined;
  /** When it came, ms since epoch; 0 before the first. */
  atMs: number;
  /** `missing`: this server has no such route. */
  state: 'waiting' | 'ok' | 'missing' | 'failed';
}

export interface Sources {
  status: Source<Status>;
  split: Source<Split>;
  timeline: Source<Timeline>;
  rollout: Source<Rollout>;
  readiness: Source<Readiness>;
  shadow: Source<Shadow>;
  callers: Source<Callers>;
  history: Source<History>;
}

export type Level = 'fine' | 'attention' | 'trouble' | 'unknown';

export interface Verdict {
  level: Level;
  /** One or two words, for the title. */
  word: string;
  /** What is the matter, most important first; for `fine`, what makes it so. */
  reasons: string[];
}
