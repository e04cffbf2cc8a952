// The command line of the soak.
import { parseArgs } from 'node:util';

const stores = ['lmdb', 'memory', 'redis'] as const;
export type StoreKind = (typeof stores)[number];

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly store: StoreKind;
  readonly callsPerSecond: number;
}

export const usage =
  'npm run soak -- --minutes N [--seed S] [--store lmdb|memory|redis] [--rate CALLS_PER_SECOND]';

/** @throws an Error that says what is wrong */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      store: { type: 'string', default: 'lmdb' },
      rate: { type: 'string', default: '40' },
    },
  });
  const store = stores.find((known) => known === values.store);
  if (store === undefined) throw new Error(`--store is one of ${stores.join(', ')}`);
  return {
    minutes: positive('--minutes', values.minutes),
    seed: positive('--seed', values.seed),
    store,
    callsPerSecond: positive('--rate', values.rate),
  };
}

function positive(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || !(value > 0)) throw new Error(`${name} needs a number above 0`);
  return value;
}
