// Whether there is an old service to go back to: asked before everything is moved back, since moving clients to a dead
// one would be the real outage. Goes by what clients' calls came to, and by probes where there are none.
import type { OldService } from '../rollout/facts.ts';
import type { Breakers } from '../resilience/breakers.ts';

export interface OldServiceWatch {
  /** Silent only where no old service answers: one that is down for some must not hold back the others. */
  state(): OldService;
  /** A client's call was answered there, by anything but a fault. */
  answered(url: string): void;
  /** Probes each once. Never rejects. */
  look(): Promise<void>;
}

export interface OldServiceWatchOptions {
  /** Base addresses of the configured accounts' old services. */
  readonly urls: () => ReadonlySet<string>;
  readonly breakers: Pick<Breakers, 'of'>;
  /** Whether an old service gives a sign of life in time. Never rejects. */
  readonly probe: (url: string, timeoutMs: number) => Promise<boolean>;
  /** A clock that never jumps, ms. */
  readonly monotonicMs: () => number;
}

/** A client's call counts for so long; then probes do, ms. */
const answerCountsMs = 10_000;
/** One lost probe is no silence. */
const failuresUntilSilent = 2;
const probeTimeoutMs = 2_000;

interface Seen {
  answeredAtMs: number;
  failedProbes: number;
}

export function createOldServiceWatch(options: OldServiceWatchOptions): OldServiceWatch {
  const { urls, breakers, probe, monotonicMs } = options;
  const seen = new Map<string, Seen>();

  const seenOf = (url: string): Seen => {
    const there = seen.get(url);
    if (there !== undefined) return there;
    const made = { answeredAtMs: Number.NEGATIVE_INFINITY, failedProbes: 0 };
    seen.set(url, made);
    return made;
  };
  const answers = (url: string): boolean => {
    const { answeredAtMs, failedProbes } = seenOf(url);
    const breaker = breakers.of('legacy', url).apply.reading();
    if (breaker.state !== 'closed') {
      // One that no client has tried for long stays half open for ever: then probes tell.
      const isLeftAlone = breaker.state === 'half_open' && monotonicMs() - breaker.sinceMs >= answerCountsMs;
      return isLeftAlone && failedProbes === 0;
    }
    return failedProbes < failuresUntilSilent || monotonicMs() - answeredAtMs < answerCountsMs;
  };

  return {
    state() {
      const all = [...urls()];
      if (all.length === 0) return 'none';
      return all.some(answers) ? 'answers' : 'silent';
    },
    answered(url) {
      seenOf(url).answeredAtMs = monotonicMs();
    },
    async look() {
      const current = urls();
      for (const url of seen.keys()) if (!current.has(url)) seen.delete(url);
      await Promise.all(
        [...current].map(async (url) => {
          const isAlive = await probe(url, probeTimeoutMs);
          const known = seenOf(url);
          known.failedProbes = isAlive ? 0 : known.failedProbes + 1;
        }),
      );
    },
  };
}
