// The words of this room: what can be noted of an account, and what can block it. Types and small tables only.

export const operations = ['apply', 'query', 'revoke'] as const;
/** An operation of the old protocol; the gateway has a quota for each. */
export type Operation = (typeof operations)[number];

/** Why an account is better not moved to the gateway yet. */
export type BlockerKind =
  'no-calls' | 'quota' | 'signature' | 'shadow' | 'refused-parameters' | 'permission' | 'unknown-instance';

/**
 * What is noted. `calls` and `genuine` speak for an account, `old-tokens`, `legacy-rejects` and `shadow-match` are for the
 * notes, the rest are blockers.
 */
export type NoteKind =
  | Exclude<BlockerKind, 'no-calls' | 'quota'>
  | 'calls'
  | 'genuine'
  | 'legacy-rejects'
  | 'old-tokens'
  | 'shadow-match';

/** How a call leaves it open which instance it is about. */
export type InstanceDoubt = 'unnamed' | 'unlisted' | 'no-record';

/** What is noted is forgotten so long after it was last seen, ms. */
export const memoryMs = 24 * 60 * 60 * 1000;
