// The sentences of the report: what would happen to clients, and what to do about it. Pure.
import type { BlockerKind, Operation } from './kinds.ts';
import { holds, type Note } from './note.ts';
import type { AccountFacts, Peak } from './readiness.ts';

type Told = (note: Note, all: readonly Note[]) => string;

const actionNames = {
  apply: 'ApplyToken',
  query: 'QueryToken',
  revoke: 'RevokeToken',
} as const satisfies Record<Operation, string>;

const doubts: Readonly<Record<string, Told>> = {
  unnamed: () =>
    'apply calls name no instance, and none is configured to stand in: add it to the instances of the account',
  unlisted: ({ sample }) =>
    `apply calls name an instance that is not on the account's list (${sample}): they would be refused, so add it`,
  'no-record': () =>
    'query or revoke calls are about tokens without a record, and no more than five listed instances can be asked for them: list the instances of the account',
};

export const details = {
  signature: ({ subject, sample }) =>
    `the old service accepts signatures of ${subject} that are wrong here (${sample}): its configured secret is not what the clients sign with`,
  shadow: ({ subject, count, sample }, all) => {
    const matches = all.find((note) => note.kind === 'shadow-match' && note.subject === subject)?.count ?? 0;
    return `the gateway differs from the old service in ${count} of ${count + matches} shadow calls of ${subject}: ${sample}`;
  },
  'refused-parameters': ({ subject, sample }) =>
    subject === 'gateway'
      ? `the gateway refuses the parameters of calls: ${sample}`
      : `calls that the old service serves would be refused: ${sample}`,
  permission: ({ sample }) => `the gateway denies ${sample}`,
  'unknown-instance': (note, all) =>
    doubts[note.subject]?.(note, all) ?? 'the instance of calls is not known',
} as const satisfies Record<Exclude<BlockerKind, 'no-calls' | 'quota'>, Told>;

export function quotaDetail(
  account: string | undefined,
  operation: Operation,
  { callsPerSecond, limit, longestWaitMs, refused }: Peak & { readonly refused: number },
): string {
  const whose = account === undefined ? 'the address' : 'the account';
  return (
    `${operation} calls peak at ${callsPerSecond} in a second, where the quota of ${whose} for ${actionNames[operation]} ` +
    `lets ${limit}/s pass: ${refused} would not have had their turn in time (the wait came to ${seconds(longestWaitMs)} s)`
  );
}

export function waitNote(operation: Operation, { callsPerSecond, limit, longestWaitMs }: Peak): string {
  return `bursts of ${operation} calls (${callsPerSecond} in a second, ${limit}/s pass) would wait up to ${seconds(longestWaitMs)} s for their turn`;
}

/** @param inForce what counts @param all whatever is remembered */
export function noteTexts(
  account: AccountFacts,
  inForce: readonly Note[],
  all: readonly Note[],
  nowMs: number,
): string[] {
  const refusedByOld = inForce.filter(({ kind }) => kind === 'legacy-rejects');
  const isUsed = (accessKey: string) =>
    all.some(({ kind, subject }) => kind === 'genuine' && subject === accessKey);
  const unused = account.accessKeys.filter((accessKey) => !isUsed(accessKey));
  const tokens = all.filter((note) => note.kind === 'old-tokens' && holds(note) && note.untilMs > nowMs);
  return [
    ...(account.hasOldService ? [] : ['there is no old service: the gateway serves this account already']),
    ...refusedByOld.map(
      ({ subject, count }) =>
        `the old service refused ${count} signatures of ${subject} that are right here; these calls would begin to work`,
    ),
    ...unused.map((accessKey) => `no call has been seen that is signed with the secret of ${accessKey}`),
    ...tokens.map(
      ({ count, untilMs }) =>
        `the old service has issued ${count} tokens whose instance is not known, the last of which lives until ${new Date(untilMs).toISOString()}: ` +
        'only the old service can answer query and revoke for them, so keep it until then',
    ),
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
