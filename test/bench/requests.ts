// The calls that are made: signed forms of several accounts, instances and topics, in a file that wrk and the programs
// read. Made once, before anything is measured.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedParameters, type OldAccount } from '../kit/old-clients.ts';

export interface BenchAccount extends OldAccount {
  readonly name: string;
  readonly instances: readonly string[];
}

/** @param count accounts, each with one key and three instances */
export function benchAccounts(count: number): BenchAccount[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `account-${index}`,
    accessKey: `LTAIBENCH${String(index).padStart(8, '0')}`,
    secret: `benchSecret0123456789abcd${index}`,
    instances: [0, 1, 2].map((instance) => `post-cn-bench${index}x${instance}`),
  }));
}

export interface CallFields {
  readonly actions: string;
  readonly resources: string;
  readonly expireTime: string;
  readonly serviceName: string;
  readonly instanceId: string;
}

const actions = ['R', 'W', 'R,W'];

function fieldsOf(index: number, { instances }: BenchAccount, expireTime: string): CallFields {
  const topics = Array.from(
    { length: 1 + (index % 3) },
    (_, topic) => `Topic${index % 997}/device-${topic}/#`,
  );
  return {
    actions: actions[index % actions.length] ?? '',
    resources: topics.join(','),
    expireTime,
    serviceName: 'mq',
    instanceId: instances[index % instances.length] ?? '',
  };
}

export interface CallFiles {
  /** Bodies of genuine apply calls, one a line. */
  readonly genuine: string;
  /** The same with a wrong signature. */
  readonly forged: string;
  /** Genuine ones of the first account only. */
  readonly ofFirst: string;
  /** Fields of the calls, as a JSON list. */
  readonly fields: string;
}

/** Writes the files into a directory. @param count of calls */
export function writeCalls(directory: string, accounts: readonly BenchAccount[], count: number): CallFiles {
  const expireTime = String(Date.now() + 24 * 3_600_000);
  const bodies = (of: readonly BenchAccount[], signer: (account: BenchAccount) => OldAccount) =>
    Array.from({ length: count }, (_, index) => {
      const account = of[index % of.length];
      if (account === undefined) throw new Error('no account');
      const fields = { ...fieldsOf(index, account, expireTime) };
      return new URLSearchParams(signedParameters(fields, signer(account))).toString();
    }).join('\n');
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const [first] = accounts;
  if (first === undefined) throw new Error('no account');
  const fields = Array.from({ length: count }, (_, index) => fieldsOf(index, first, expireTime));
  return {
    genuine: write(
      'genuine',
      bodies(accounts, (account) => account),
    ),
    forged: write(
      'forged',
      bodies(accounts, (account) => ({ ...account, secret: 'another' })),
    ),
    ofFirst: write(
      'first',
      bodies([first], (account) => account),
    ),
    fields: write('fields.json', JSON.stringify(fields)),
  };
}

/** Headers of a Java client, the most usual kind. */
export const callHeaders = {
  'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
  'User-Agent': 'Apache-HttpClient/4.5.3 (Java/1.8.0_151)',
  'Accept-Encoding': 'gzip,deflate',
  Connection: 'Keep-Alive',
} as const;
