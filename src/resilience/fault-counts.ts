// How many calls of the last while were faults, and how many faults came in a row. Bounded memory, however many calls.
// It counts only; when that is too many is the breaker rule's to say.

export interface FaultCounts {
  /** Calls within the window. */
  readonly calls: number;
  /** How many of these were faults. */
  readonly faults: number;
  /** Faults since the last success, whenever they were. */
  readonly inARow: number;
}

export interface FaultCounter {
  /** Counts a call. @returns the counts with it */
  note(result: 'success' | 'fault'): FaultCounts;
}

/** The window moves on by this part of itself at a time. */
const slotCount = 10;

/**
 * @param windowMs calls older than this no longer count; some count for up to a tenth less
 * @param monotonicMs a clock that never jumps, ms
 */
export function createFaultCounter(windowMs: number, monotonicMs: () => number): FaultCounter {
  const slotMs = windowMs / slotCount;
  const slots = Array.from({ length: slotCount }, () => ({ number: -Infinity, calls: 0, faults: 0 }));
  let inARow = 0;

  return {
    note(result) {
      const number = Math.floor(monotonicMs() / slotMs);
      const isFault = result === 'fault';
      inARow = isFault ? inARow + 1 : 0;
      const place = number % slotCount;
      const slot = slots[place];
      if (slot?.number === number) {
        slot.calls += 1;
        if (isFault) slot.faults += 1;
      } else slots[place] = { number, calls: 1, faults: isFault ? 1 : 0 };
      let [calls, faults] = [0, 0];
      for (const recent of slots) {
        if (recent.number <= number - slotCount) continue;
        calls += recent.calls;
        faults += recent.faults;
      }
      return { calls, faults, inARow };
    },
  };
}
