// Readiness in process, over a store in memory and a clock that is turned by hand: what its tests share.
import { createReadiness } from '../../src/readiness/create.ts';
import type { AccountFacts, Readiness, ReadinessFacts } from '../../src/readiness/readiness.ts';
import type { DocumentStore } from '../../src/readiness/shared-document.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

export const account: AccountFacts = {
  name: 'shop',
  hasOldService: true,
  accessKeys: ['KEY1'],
  basisOfKey: () => 'secret-1',
  basisOfInstances: 'instances-1',
  basisOfGateway: () => 'gateway-1',
};

export const startMs = Date.UTC(2026, 10, 20, 8);

export interface Fleet {
  readonly replicas: readonly Readiness[];
  readonly logged: string[];
  readonly store: DocumentStore;
  readonly pass: (ms: number) => void;
  readonly now: () => number;
  /** From now on the store fails, or works again. */
  readonly breakStore: (broken: boolean) => void;
}

export function factsOf(accounts: readonly AccountFacts[] = [account], calls = 10): ReadinessFacts {
  const names = new Set(accounts.map(({ name }) => name));
  const budget = { calls, spanMs: 1_002, patienceMs: 2_000 };
  const whole = { ...budget, calls: 3 * calls };
  return {
    accounts,
    budgetOf: (name) => (name === undefined ? whole : names.has(name) ? budget : undefined),
  };
}

/** Replicas that share one store. */
export function fleet(size = 1, facts = factsOf()): Fleet {
  let nowMs = startMs;
  let broken = false;
  const now = () => nowMs;
  const memory = createMemoryStore({ now });
  const failing = <Value>(work: () => Promise<Value>): Promise<Value> =>
    broken ? Promise.reject(new Error('the store is away')) : work();
  const store: DocumentStore = {
    readDocument: (name) => failing(() => memory.readDocument(name)),
    writeDocument: (name, text, expected) => failing(() => memory.writeDocument(name, text, expected)),
  };
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  return {
    replicas: Array.from({ length: size }, () => createReadiness(facts, { store, now, log })),
    logged,
    store,
    now,
    pass: (ms) => void (nowMs += ms),
    breakStore: (next) => void (broken = next),
  };
}
