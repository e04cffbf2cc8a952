// From what was seen of an account to a verdict: what would hurt its clients if the gateway alone served them. Pure.
import { memoryMs, operations, type BlockerKind, type Operation } from './kinds.ts';
import type { LoadView } from './load-book.ts';
import type { BudgetOf } from './load.ts';
import type { Budget } from './virtual-queue.ts';
import { holds, type Note } from './note.ts';
import type { AccountFacts, AccountReadiness, Blocker, Peaks, Verdict } from './readiness.ts';
import { highestSince } from './staircase.ts';
import { details, noteTexts, quotaDetail, waitNote } from './wording.ts';

export interface Evidence {
  readonly loads: LoadView;
  readonly budgetOf: BudgetOf;
  /** What was seen last before does not count, ms since epoch. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** @param notes of the account, of whatever configuration and age */
export function judgeAccount(
  account: AccountFacts,
  notes: readonly Note[],
  evidence: Evidence,
): AccountReadiness {
  const { sinceMs } = evidence;
  const seen = notes.filter((note) => holds(note) && note.lastMs >= sinceMs && isConfigured(note, account));
  const inForce = seen.filter((note) => isOfToday(note, account));
  const calls = callsIn(inForce);
  const load = judgeLoad(account.name, evidence);
  const blockers = [
    ...(operations.every((operation) => calls[operation] === 0) ? [noCalls] : []),
    ...load.blockers,
    ...signatureBlockers(account, seen, notes),
    ...found('shadow', inForce),
    ...found('refused-parameters', inForce),
    ...found('permission', inForce),
    ...found('unknown-instance', inForce),
  ];
  return {
    account: account.name,
    verdict: blockers.length === 0 ? 'ready' : 'blocked',
    blockers,
    notes: [...load.notes, ...noteTexts(account, inForce, notes, evidence.nowMs)],
    calls,
    peak: load.peak,
  };
}

/** Of one account's budgets, or of the address. @param account undefined for the address */
export function judgeLoad(
  account: string | undefined,
  { loads, budgetOf, sinceMs, nowMs }: Evidence,
): Verdict {
  const judged = operations.map((operation) => {
    const budget = budgetOf(account, operation);
    const load = loads.of(account, operation);
    const peak = {
      callsPerSecond: loads.peakSince(account, operation, sinceMs),
      limit: budget === undefined ? 0 : perSecond(budget),
      longestWaitMs: highestSince(load?.waits ?? [], sinceMs)?.value ?? 0,
    };
    const refused = load?.refused ?? { count: 0, lastMs: 0 };
    const isOver = refused.count > 0 && refused.lastMs >= Math.max(sinceMs, nowMs - memoryMs);
    const blocker: Blocker | undefined = isOver
      ? {
          kind: 'quota',
          detail: quotaDetail(account, operation, { ...peak, refused: refused.count }),
          count: refused.count,
          lastSeenMs: refused.lastMs,
        }
      : undefined;
    const note = isOver || peak.longestWaitMs === 0 ? undefined : waitNote(operation, peak);
    return { operation, peak, blocker, note };
  });
  const blockers = judged.flatMap(({ blocker }) => blocker ?? []);
  return {
    verdict: blockers.length === 0 ? 'ready' : 'blocked',
    blockers,
    notes: judged.flatMap(({ note }) => note ?? []),
    peak: Object.fromEntries(judged.map(({ operation, peak }) => [operation, peak])) as Record<
      Operation,
      Peaks[Operation]
    >,
  };
}

/** Whole calls in about a second, or the rate where there is less than one in a second. */
function perSecond({ calls, spanMs }: Budget): number {
  return spanMs < 1_100 ? calls : Math.round((calls * 100_000) / spanMs) / 100;
}

const noCalls: Blocker = {
  kind: 'no-calls',
  detail: 'no call of this account has been seen: nothing is known of what its clients send',
  count: 0,
};

/** Whether it is about something that the account still has. */
function isConfigured({ kind, subject }: Note, { accessKeys }: AccountFacts): boolean {
  const isOfKey = kind === 'signature' || kind === 'genuine' || kind === 'legacy-rejects';
  return !isOfKey || accessKeys.includes(subject);
}

function isOfToday({ kind, subject, basis }: Note, account: AccountFacts): boolean {
  switch (kind) {
    case 'signature':
    case 'genuine':
    case 'legacy-rejects':
      return basis === account.basisOfKey(subject);
    case 'unknown-instance':
      return basis === account.basisOfInstances;
    case 'permission':
    case 'shadow':
    case 'shadow-match':
      return basis === account.basisOfGateway();
    case 'calls':
    case 'refused-parameters':
    case 'old-tokens':
      return true;
  }
}

function found(kind: Exclude<BlockerKind, 'no-calls' | 'quota'>, notes: readonly Note[]): Blocker[] {
  return notes
    .filter((note) => note.kind === kind)
    .map((note) => ({
      kind,
      detail: details[kind](note, notes),
      count: note.count,
      lastSeenMs: note.lastMs,
    }));
}

/**
 * A secret that was wrong and has been replaced is not right for that: one call that is signed with the new one shows it.
 */
function signatureBlockers(account: AccountFacts, seen: readonly Note[], all: readonly Note[]): Blocker[] {
  const refused = seen.filter(({ kind }) => kind === 'signature');
  return account.accessKeys.flatMap((accessKey) => {
    const ofKey = refused.filter(({ subject }) => subject === accessKey);
    const basis = account.basisOfKey(accessKey);
    const present = ofKey.filter((note) => note.basis === basis);
    if (present.length > 0) return found('signature', present);
    const former = ofKey[0];
    const isProven = all.some(
      ({ kind, subject, basis: of }) => kind === 'genuine' && subject === accessKey && of === basis,
    );
    if (former === undefined || isProven) return [];
    const detail = `the secret of ${accessKey} was wrong and has been changed; no call has shown yet that it is right now`;
    return [{ kind: 'signature', detail, count: former.count, lastSeenMs: former.lastMs }];
  });
}

function callsIn(notes: readonly Note[]): Record<Operation, number> {
  const calls = { apply: 0, query: 0, revoke: 0 };
  for (const operation of operations) {
    for (const { kind, subject, count } of notes) {
      if (kind === 'calls' && subject === operation) calls[operation] += count;
    }
  }
  return calls;
}
