// What a first choice came to, and which of it the guard counts. Judged before a fallback hides it; who feeds it decides
// what a first choice is.

export type Backend = 'legacy' | 'gateway';

/**
 * The outcome classes of both backends, and `mistranslated`: the gateway refused a call for something that no caller can
 * cause (a missing parameter, an unknown action, a malformed signature), so that the fault is this proxy's.
 */
export type JudgedClass = 'ok' | 'rejected' | 'denied' | 'throttled' | 'fault' | 'mistranslated';

/**
 * A refused permission is an error in the rate, on both sides alike: at the gateway it means a client that loses its
 * token by the migration, unless the old service refuses as many. It is no fault in a row, since a gateway that refuses
 * is alive, and one account without permission must not look like an outage.
 */
const countedAs = {
  ok: 'ok',
  fault: 'faults',
  mistranslated: 'faults',
  denied: 'denied',
  rejected: undefined,
  throttled: undefined,
} as const satisfies Record<JudgedClass, keyof Counts | undefined>;

/** Judged calls of one backend; throttled ones and callers' mistakes are not among them. */
export interface Counts {
  readonly ok: number;
  readonly faults: number;
  readonly denied: number;
}

export const noCounts: Counts = { ok: 0, faults: 0, denied: 0 };

/** Outcomes of some time, in no order. */
export interface Batch {
  readonly gateway: Counts;
  readonly legacy: Counts;
  /** Faults of the gateway after its last other outcome. */
  readonly trailingFaults: number;
}

export const emptyBatch: Batch = { gateway: noCounts, legacy: noCounts, trailingFaults: 0 };

export function callsOf({ ok, faults, denied }: Counts): number {
  return ok + faults + denied;
}

export function errorsOf({ faults, denied }: Counts): number {
  return faults + denied;
}

export function addCounts(one: Counts, other: Counts): Counts {
  return {
    ok: one.ok + other.ok,
    faults: one.faults + other.faults,
    denied: one.denied + other.denied,
  };
}

/** @param later what came after `earlier` */
export function addBatches(earlier: Batch, later: Batch): Batch {
  return {
    gateway: addCounts(earlier.gateway, later.gateway),
    legacy: addCounts(earlier.legacy, later.legacy),
    trailingFaults: inARow(earlier.trailingFaults, later),
  };
}

/** Faults in a row at the gateway after a batch. */
export function inARow(before: number, { gateway, trailingFaults }: Batch): number {
  return gateway.ok + gateway.denied === 0 ? before + gateway.faults : trailingFaults;
}

/** One outcome as a batch; undefined for one that does not count. */
export function batchOf(backend: Backend, outcome: JudgedClass): Batch | undefined {
  const counted = countedAs[outcome];
  return counted === undefined ? undefined : ones[backend][counted];
}

const one = (key: keyof Counts): Counts => ({ ...noCounts, [key]: 1 });
const atGateway = (key: keyof Counts): Batch => ({
  gateway: one(key),
  legacy: noCounts,
  trailingFaults: key === 'faults' ? 1 : 0,
});
const atLegacy = (key: keyof Counts): Batch => ({ ...emptyBatch, legacy: one(key) });
const ones = {
  gateway: { ok: atGateway('ok'), faults: atGateway('faults'), denied: atGateway('denied') },
  legacy: { ok: atLegacy('ok'), faults: atLegacy('faults'), denied: atLegacy('denied') },
} as const satisfies Record<Backend, Record<keyof Counts, Batch>>;
