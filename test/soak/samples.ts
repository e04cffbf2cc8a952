// Memory and handles of the proxy as they were while the soak ran, and whether they grew where they should not.
import type { Scrape } from './series.ts';

export interface Sample {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly openFiles: number;
  readonly handles: number;
  /** Records that the ledger holds: memory that may grow, as no token has expired for an hour yet. */
  readonly tokens: number;
  /** The longest that the event loop was late since the sample before, ms. */
  readonly lagMs: number;
}

export function sampleOf(scrape: Scrape): Sample {
  return {
    residentBytes: scrape.sum('process_resident_memory_bytes'),
    heapBytes: scrape.sum('nodejs_heap_size_used_bytes'),
    openFiles: scrape.sum('process_open_fds'),
    handles: scrape.sum('nodejs_active_handles_total'),
    tokens: scrape.sum('token_proxy_ledger_tokens'),
    lagMs: scrape.sum('nodejs_eventloop_lag_max_seconds') * 1_000,
  };
}

interface Growth {
  readonly what: string;
  readonly read: (sample: Sample) => number;
  /** How much more the last third may have than the second. */
  readonly allowed: (before: number, newTokens: number) => number;
}

const mebibyte = 1024 * 1024;
/** Connections to the gateway that one burst leaves open for 30 s (64 at most), and some more. */
const connections = 90;

/** Generous: a leak in what each call does grows with every call, and passes any bound in a long run. */
const growths: readonly Growth[] = [
  {
    what: 'resident memory',
    read: ({ residentBytes }) => residentBytes,
    allowed: (before, tokens) => before * 0.15 + 24 * mebibyte + tokens * 2_048,
  },
  {
    what: 'heap',
    read: ({ heapBytes }) => heapBytes,
    allowed: (before, tokens) => before * 0.25 + 12 * mebibyte + tokens * 1_024,
  },
  { what: 'open files', read: ({ openFiles }) => openFiles, allowed: (before) => before * 0.5 + connections },
  { what: 'handles', read: ({ handles }) => handles, allowed: (before) => before * 0.5 + connections },
];

/** Compares what was least in the second third with what was least in the last: what a call holds for a while is not in it. */
export function growthProblems(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3);
  const [second, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  if (third < 3) return ['too few samples to judge memory and handles by: is the run too short?'];
  const least = (part: readonly Sample[], read: Growth['read']) => Math.min(...part.map(read));
  const newTokens = Math.max(0, least(last, tokensOf) - least(second, tokensOf));
  return growths.flatMap(({ what, read, allowed }) => {
    const [before, after] = [least(second, read), least(last, read)];
    const grownBy = after - before;
    return grownBy <= allowed(before, newTokens)
      ? []
      : [`${what} grew from ${Math.round(before)} in the second third to ${Math.round(after)} in the last`];
  });
}

function tokensOf({ tokens }: Sample): number {
  return tokens;
}
