// The loads that all replicas share, as they are kept: a JSON document. Pure; what does not fit is left out, since loads
// are found anew with the next calls.
import { fieldsOf, isAmount, parseFields, type Fields } from './json.ts';
import type { Arrivals, Load, Loads } from './load.ts';
import type { Staircase } from './staircase.ts';

export interface SharedLoads {
  readonly loads: Loads;
  /** Of slots that wait until every replica has said what arrived there. */
  readonly arrivals: Arrivals;
}

const format = 1;

export function encodeLoads({ loads, arrivals }: SharedLoads): string {
  const byName = Object.fromEntries(loads.byName);
  const open = Object.fromEntries(Array.from(arrivals, ([name, perSlot]) => [name, [...perSlot]]));
  return JSON.stringify({ format, slot: loads.slot, byName, arrivals: open });
}

export function decodeLoads(text: string): SharedLoads | undefined {
  const fields = parseFields(text);
  const slot = fields?.['slot'];
  if (fields?.['format'] !== format || !isAmount(slot)) return undefined;
  const byName = new Map<string, Load>();
  for (const [name, value] of Object.entries(fieldsOf(fields['byName']) ?? {})) {
    const load = loadFrom(fieldsOf(value));
    if (load !== undefined) byName.set(name, load);
  }
  const arrivals = new Map<string, Map<number, number>>();
  for (const [name, value] of Object.entries(fieldsOf(fields['arrivals']) ?? {})) {
    arrivals.set(name, new Map(pairsFrom(value)));
  }
  return { loads: { slot, byName }, arrivals };
}

function loadFrom(fields: Fields | undefined): Load | undefined {
  const { calls, spanMs, patienceMs } = fieldsOf(fields?.['budget']) ?? {};
  const { waiting, sent } = fieldsOf(fields?.['queue']) ?? {};
  const { count, lastMs } = fieldsOf(fields?.['refused']) ?? {};
  if (!isAmount(calls) || !isAmount(spanMs) || !isAmount(patienceMs)) return undefined;
  if (!isAmount(waiting) || !isAmount(count) || !isAmount(lastMs)) return undefined;
  return {
    budget: { calls, spanMs, patienceMs },
    queue: { waiting, sent: amountsFrom(sent) },
    recent: amountsFrom(fields?.['recent']),
    peaks: stairsFrom(fields?.['peaks']),
    waits: stairsFrom(fields?.['waits']),
    refused: { count, lastMs },
  };
}

function amountsFrom(value: unknown): readonly number[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isAmount) : [];
}

function stairsFrom(value: unknown): Staircase {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((step) => {
    const { value: height, atMs } = fieldsOf(step) ?? {};
    return isAmount(height) && isAmount(atMs) ? [{ value: height, atMs }] : [];
  });
}

function pairsFrom(value: unknown): (readonly [number, number])[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((pair) => {
    const [slot, calls] = amountsFrom(pair);
    return slot === undefined || calls === undefined ? [] : [[slot, calls] as const];
  });
}
