// Whether two observations of one call mean the same to the client that made it. Pure and total: no token, no latency and
// no wording is compared, since those differ between healthy services.
import type { Candidate, Control, ShadowedOperation } from './observation.ts';

export type Comparison =
  | { readonly result: 'match' }
  /** `why` is a sentence for people. `error`: the experiment says nothing of how the gateway would serve the call. */
  | { readonly result: 'mismatch' | 'error'; readonly why: string };

const match = { result: 'match' } as const;

/**
 * An outage or a full quota is no opinion of the gateway's, so it is an `error`. Of a query, codes 1, 2 and 3 mean the same
 * (the token is bad: which of them the gateway does not tell); and as the token is the old service's own, the gateway need
 * not know it: that it may be asked, and answers, is the match.
 */
export function compare(operation: ShadowedOperation, control: Control, candidate: Candidate): Comparison {
  const said = saidBy(candidate);
  if (candidate.outcome === 'fault' || candidate.outcome === 'throttled') {
    return { result: 'error', why: `the gateway could not be compared${said}` };
  }
  if (candidate.tokenRefused !== undefined && control.outcome === 'ok') {
    return mismatch(`the gateway does not accept the token that it issued: ${candidate.tokenRefused}`);
  }
  const who = candidate.by === 'proxy' ? 'this proxy' : 'the gateway';
  if (control.outcome === 'ok' && candidate.outcome === 'ok') {
    return operation === 'query' ? compareAnswers(control, candidate) : match;
  }
  if (control.outcome === 'ok')
    return mismatch(`${who} refuses what the old service ${grants[operation]}${said}`);
  if (candidate.outcome === 'ok') {
    return mismatch(`${who} ${grants[operation]} what the old service refuses with code ${control.code}`);
  }
  if (control.outcome === candidate.outcome && control.code === candidate.code) return match;
  return mismatch(
    `both refuse, but the old service with code ${control.code} and ${who} with ${candidate.code}${said}`,
  );
}

const grants = { apply: 'grants', query: 'answers' } as const satisfies Record<ShadowedOperation, string>;

const valid = 200;

function compareAnswers(control: Control, candidate: Candidate): Comparison {
  return candidate.code === valid && control.code !== valid
    ? mismatch(`the gateway calls a token valid that the old service calls bad with code ${control.code}`)
    : match;
}

function saidBy({ message, code }: Candidate): string {
  return `: ${message ?? `code ${code}`}`;
}

function mismatch(why: string): Comparison {
  return { result: 'mismatch', why };
}
