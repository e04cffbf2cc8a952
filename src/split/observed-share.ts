// Where the apply calls of the last minute really went: what an operator holds against the weight.
// A ring of whole seconds, so that its size is fixed and counting a call costs an addition. It decides nothing.

const windowSeconds = 60;

interface Second {
  /** Which second this slot holds at present; another one's counts are void. */
  second: number;
  gateway: number;
  all: number;
}

export interface ObservedShare {
  /** Counts one apply call by the backend that gave its answer. */
  answered(backend: 'legacy' | 'gateway'): void;
  /** Percent of the last 60 s that the gateway answered, two decimals; null when there were no calls. */
  percent(): number | null;
}

/**
 * @param nowMs any clock that runs in ms; a monotonic one is not thrown by a change of the time of day
 */
export function createObservedShare(nowMs: () => number): ObservedShare {
  const ring: Second[] = Array.from({ length: windowSeconds }, () => ({ second: -1, gateway: 0, all: 0 }));
  const currentSecond = (): number => Math.floor(nowMs() / 1000);

  return {
    answered(backend) {
      const second = currentSecond();
      const slot = ring[second % windowSeconds];
      if (slot === undefined) return;
      if (slot.second !== second) {
        slot.second = second;
        slot.gateway = 0;
        slot.all = 0;
      }
      slot.all += 1;
      if (backend === 'gateway') slot.gateway += 1;
    },
    percent() {
      const newest = currentSecond();
      let gateway = 0;
      let all = 0;
      for (const slot of ring) {
        if (slot.second > newest - windowSeconds && slot.second <= newest) {
          gateway += slot.gateway;
          all += slot.all;
        }
      }
      return all === 0 ? null : Math.round((gateway / all) * 10_000) / 100;
    },
  };
}
