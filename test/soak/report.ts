// A soak in a few lines: what was done, what was done to it, what it needed.
import type { Disturbances } from './disturbances.ts';
import type { ServiceName } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { SoakOptions } from './options.ts';
import type { Sample } from './samples.ts';
import type { BackendBooks } from './sums.ts';
import type { Tally } from './tally.ts';
import type { Facts } from './verdict.ts';

export interface ReportFacts {
  readonly options: SoakOptions;
  readonly facts: Facts;
  readonly ledger: Ledger;
  readonly injected: Readonly<Record<ServiceName, Tally>>;
  readonly leftOut: number;
  readonly counts: ReturnType<Disturbances['counts']>;
}

export function reportText({ options, facts, ledger, injected, leftOut, counts }: ReportFacts): string {
  const { minutes, seed, store, callsPerSecond } = options;
  const { scrape } = facts.books;
  const listed = (tally: Tally) =>
    tally
      .names()
      .map((name) => `${name} ${tally.get(name)}`)
      .join(', ');
  const backend = ({ backend: name, seen }: BackendBooks) => {
    const counted = scrape.sum('token_proxy_backend_calls_total', { backend: name });
    const faults = scrape.sum('token_proxy_backend_calls_total', { backend: name, outcome: 'fault' });
    const arrived = Object.values(seen.byAction).reduce((sum, count) => sum + count, 0);
    return `${name}: ${counted} calls counted, ${faults} as faults; ${arrived} requests arrived; injected: ${listed(injected[name])}`;
  };
  const peaks = facts.gateway.peaks.perAccount.map(
    ({ account, action, peak }) => `${account} ${action} ${peak}`,
  );
  const lines = [
    `soak of ${minutes} min, seed ${seed}, store ${store}, ${callsPerSecond} calls/s`,
    `calls: ${ledger.made.sum()}, of which hung up ${ledger.hungUp()}; left out ${leftOut}`,
    `slowest: ${ledger
      .slowest()
      .slice(0, 8)
      .map(({ kind, ms }) => `${kind} ${Math.round(ms)} ms`)
      .join(', ')}`,
    `made: ${listed(ledger.made)}`,
    `answers: ${listed(ledger.answers)}`,
    ...facts.books.backends.map(backend),
    `fallbacks ${scrape.sum('token_proxy_fallbacks_total')}, retries ${scrape.sum('token_proxy_retries_total')}, quota refusals ${scrape.sum('token_proxy_quota_refusals_total')}`,
    `peaks at the gateway within a second: ${peaks.join(', ')}`,
    `weights ${counts.weights}, reloads ${counts.reloads}, broken files ${counts.refusals}`,
    `resident ${range(facts.samples, ({ residentBytes }) => residentBytes / 2 ** 20)} MiB, heap ${range(facts.samples, ({ heapBytes }) => heapBytes / 2 ** 20)} MiB, open files ${range(facts.samples, ({ openFiles }) => openFiles)}, handles ${range(facts.samples, ({ handles }) => handles)}, tokens ${range(facts.samples, ({ tokens }) => tokens)}`,
    `event loop late by ${range(facts.samples, ({ lagMs }) => lagMs)} ms, the load's own by ${Math.round(facts.tardinessMs)} ms at most`,
    `open files at rest ${facts.openFiles.after}, of which to backends ${facts.openFiles.toBackends}; before the first call ${facts.openFiles.before}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Least to most, in each third. */
function range(samples: readonly Sample[], read: (sample: Sample) => number): string {
  const third = Math.ceil(samples.length / 3);
  return [0, 1, 2]
    .map((part) => samples.slice(part * third, (part + 1) * third).map(read))
    .map((values) => `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`)
    .join(' / ');
}
