// The call rates of all replicas that share a store: each writes its own into one document and reads the others'.
// What a replica last said counts until it is silent for a while. A store that fails leaves what was known.
import type { Store } from '../store/store.ts';
import { ratedActions, type CallRates, type Rates, type RatesReading } from './call-rates.ts';
import { addRates } from './projection.ts';

export interface FleetRates {
  /** This replica's rates of this moment with the others' as last heard. */
  busiest(): RatesReading;
  /** Tells the others, and hears them; to be called every few seconds. Rejects when the store fails. */
  share(): Promise<void>;
}

export interface FleetRatesOptions {
  readonly store: Pick<Store, 'readDocument' | 'writeDocument'>;
  readonly own: Pick<CallRates, 'busiest'>;
  readonly replicaId: string;
  /** ms since epoch. */
  readonly now: () => number;
}

const documentName = 'call-rates';
/** A higher number means that this version cannot read it. */
const format = 1;
/** Replicas silent for longer are gone, ms; wide, as clocks of replicas differ. */
const silentMs = 60_000;
const mostAttempts = 5;
/** Accounts that call less often are told of in the sum only, calls/s. */
const leastTold = 0.5;

type Told = readonly number[];
interface Replica {
  readonly atMs: number;
  readonly all: Told;
  readonly accounts: Readonly<Record<string, Told>>;
}
type Replicas = Readonly<Record<string, Replica>>;

export function createFleetRates({ store, own, replicaId, now }: FleetRatesOptions): FleetRates {
  let others: readonly RatesReading[] = [];
  return {
    busiest: () => others.reduce(addRates, own.busiest()),
    async share() {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const document = await store.readDocument(documentName);
        const live = Object.entries(document === undefined ? {} : decode(document.text)).filter(
          ([id, { atMs }]) => id !== replicaId && Math.abs(now() - atMs) < silentMs,
        );
        others = live.map(([, replica]) => readingOf(replica));
        const replicas = Object.fromEntries([...live, [replicaId, told(own.busiest(), now())]]);
        const text = JSON.stringify({ format, replicas });
        if (await store.writeDocument(documentName, text, document?.version ?? 0)) return;
      }
    },
  };
}

function told({ accounts, all }: RatesReading, atMs: number): Replica {
  const busy = [...accounts].filter(([, rates]) => ratedActions.some((action) => rates[action] >= leastTold));
  const list = (rates: Rates): Told => ratedActions.map((action) => rates[action]);
  return {
    atMs,
    all: list(all),
    accounts: Object.fromEntries(busy.map(([name, rates]) => [name, list(rates)])),
  };
}

function readingOf({ all, accounts }: Replica): RatesReading {
  return {
    all: ratesOf(all),
    accounts: new Map(Object.entries(accounts).map(([name, rates]) => [name, ratesOf(rates)])),
  };
}

function ratesOf([apply = 0, query = 0, revoke = 0]: Told): Rates {
  return { apply, query, revoke };
}

/** Entries that cannot be read are left out: their replica writes again. */
function decode(text: string): Replicas {
  try {
    const value: unknown = JSON.parse(text);
    if (!isFields(value) || value['format'] !== format || !isFields(value['replicas'])) return {};
    return Object.fromEntries(
      Object.entries(value['replicas']).flatMap(([id, replica]) => {
        return isReplica(replica) ? [[id, replica] as const] : [];
      }),
    );
  } catch {
    return {};
  }
}

function isReplica(value: unknown): value is Replica {
  if (!isFields(value) || typeof value['atMs'] !== 'number' || !isTold(value['all'])) return false;
  return isFields(value['accounts']) && Object.values(value['accounts']).every(isTold);
}

function isTold(value: unknown): value is Told {
  return Array.isArray(value) && value.every((rate) => typeof rate === 'number' && rate >= 0);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
