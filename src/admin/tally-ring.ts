// Counts of calls in slots of time: a ring of fixed memory, into which counting a call costs a few additions. Knows
// nothing of ISO strings or routes; timeline.ts reads it.
import type { Backend } from '../metrics/metrics.ts';
import type { OutcomeName, TimelineCall } from './timeline.ts';
import { durationClasses, durationClassOf, percentileMs } from './durations.ts';

export const backends = ['legacy', 'gateway', 'none'] as const satisfies (Backend | 'none')[];
export const outcomes = [
  'ok',
  'rejected',
  'denied',
  'throttled',
  'fault',
] as const satisfies readonly OutcomeName[];

/** Per backend: its outcomes, its apply calls, its durations. */
const applyAt = outcomes.length;
const durationsAt = applyAt + 1;
const width = durationsAt + durationClasses;

/** What one backend did in a stretch of time. */
export interface Tally {
  readonly outcomes: Readonly<Record<OutcomeName, number>>;
  readonly calls: number;
  readonly applyCalls: number;
  /** ms; null without calls. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface TallyRing {
  note(slot: number, call: TimelineCall): void;
  /** Of one slot, or of all from one to another; slots that the ring holds no more count as empty. */
  read(backend: Backend | 'none', from: number, to?: number): Tally;
}

/** @param slots that it holds; a slot is a number that rises with time */
export function createTallyRing(slots: number): TallyRing {
  const slotOf = new Float64Array(slots).fill(-1);
  const counts = new Uint32Array(slots * backends.length * width);
  const startOf = (slot: number, backend: Backend | 'none') =>
    ((slot % slots) * backends.length + backends.indexOf(backend)) * width;

  const add = (index: number): void => {
    counts[index] = (counts[index] ?? 0) + 1;
  };
  return {
    note(slot, { backend, outcome, operation, durationMs }) {
      const place = slot % slots;
      if (slotOf[place] !== slot) {
        slotOf[place] = slot;
        counts.fill(0, place * backends.length * width, (place + 1) * backends.length * width);
      }
      const start = startOf(slot, backend);
      add(start + outcomes.indexOf(outcome));
      if (operation === 'apply') add(start + applyAt);
      add(start + durationsAt + durationClassOf(durationMs));
    },
    read(backend, from, to = from) {
      const sums = new Uint32Array(width);
      for (let slot = Math.max(from, to - slots + 1); slot <= to; slot += 1) {
        if (slotOf[slot % slots] !== slot) continue;
        const start = startOf(slot, backend);
        for (let each = 0; each < width; each += 1)
          sums[each] = (sums[each] ?? 0) + (counts[start + each] ?? 0);
      }
      const durations = (each: number) => sums[durationsAt + each] ?? 0;
      const [ok = 0, rejected = 0, denied = 0, throttled = 0, fault = 0, applyCalls = 0] = sums;
      return {
        outcomes: { ok, rejected, denied, throttled, fault },
        calls: ok + rejected + denied + throttled + fault,
        applyCalls,
        p50Ms: percentileMs(durations, 0.5),
        p99Ms: percentileMs(durations, 0.99),
      };
    },
  };
}
