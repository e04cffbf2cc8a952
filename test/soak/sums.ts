// Whether the counters add up: with each other, with the log, with what the load knows, and with what the emulated
// services saw. Pure.
import { operations, type Operation } from '../../src/legacy/operations.ts';
import type { CallLogSnapshot } from '../../src/sandbox/call-log.ts';
import type { FaultKind } from '../../src/sandbox/faults.ts';
import type { Scrape } from './series.ts';
import type { Tally } from './tally.ts';

export interface Books {
  readonly scrape: Scrape;
  /** Logged calls by `route code`: all, and those of clients that hung up. */
  readonly logged: Pick<Tally, 'get' | 'sum' | 'names'>;
  readonly loggedHungUp: Pick<Tally, 'get' | 'sum' | 'names'>;
  /** Answers that the load got, by `route code`. */
  readonly answers: Pick<Tally, 'get' | 'sum' | 'names'>;
  readonly backends: readonly BackendBooks[];
}

export interface BackendBooks {
  readonly backend: 'legacy' | 'gateway';
  readonly seen: Pick<CallLogSnapshot, 'byAction' | 'byCode'>;
  /** Connections that the emulator closed behind an answer without saying so. */
  readonly closedUnannounced: number;
}

const routes = Object.keys(operations) as Operation[];
const emulatorNames = {
  legacy: { apply: 'apply', query: 'query', revoke: 'revoke' },
  gateway: { apply: 'ApplyToken', query: 'QueryToken', revoke: 'RevokeToken' },
} as const satisfies Record<BackendBooks['backend'], Record<Operation, string>>;

export function sumProblems(books: Books): string[] {
  return [
    ...totalProblems(books),
    ...routeProblems(books),
    ...codeProblems(books),
    ...books.backends.flatMap((backend) => arrivalProblems(books, backend)),
  ];
}

/** Requests, answers, durations and log lines are four counts of the same thing. */
function totalProblems({ scrape, logged }: Books): string[] {
  const requests = scrape.sum('token_proxy_requests_total');
  const others = {
    'answers counted': scrape.sum('token_proxy_answers_total'),
    'durations counted': scrape.sum('token_proxy_request_duration_seconds_count'),
    'calls logged': logged.sum(),
  };
  return Object.entries(others).flatMap(([what, count]) =>
    differing('requests counted', requests, what, count),
  );
}

/** What reached the server: every call that was answered, and of those that hung up the ones that it logged. */
function routeProblems({ scrape, answers, loggedHungUp }: Books): string[] {
  return routes.flatMap((route) => {
    const reached = answers.sum(`${route} `) + loggedHungUp.sum(`${route} `);
    const counted = scrape.sum('token_proxy_requests_total', { route });
    return differing(`${route} requests counted`, counted, 'made by the load', reached);
  });
}

function codeProblems({ scrape, answers, loggedHungUp }: Books): string[] {
  const counted = scrape.series.filter(({ name }) => name === 'token_proxy_answers_total');
  const names = new Set([
    ...counted.map(({ labels }) => `${labels['route'] ?? ''} ${labels['code'] ?? ''}`),
    ...answers.names(),
    ...loggedHungUp.names(),
  ]);
  return [...names].flatMap((name) => {
    const [route = '', code = ''] = name.split(' ');
    const told = scrape.sum('token_proxy_answers_total', { route, code });
    const got = answers.get(name) + loggedHungUp.get(name);
    return differing(`answers "${name}" counted`, told, 'received', got);
  });
}

/** Faults under which no answer comes that the proxy could take for anything but a breakdown. */
const breakdowns = ['hang', 'reset', 'html', 'empty', 'not-json'] as const satisfies FaultKind[];

/** Calls that are given up before they leave: their time ran out while connecting, or their client left. */
const givenUpPercent = 1;

/**
 * The proxy counts what it tried, a backend sees what was sent. Never may more have arrived than was counted; what was
 * counted as anything but a fault must have arrived and been answered; and what never arrived has a reason: a
 * connection that the emulator had just closed without a word, or, once in a while, that it was given up before.
 */
function arrivalProblems({ scrape }: Books, { backend, seen, closedUnannounced }: BackendBooks): string[] {
  const countOf = (labels: Readonly<Record<string, string>>) =>
    scrape.sum('token_proxy_backend_calls_total', { backend, ...labels });
  const byAction = routes.flatMap((action) => {
    const name = emulatorNames[backend][action];
    const arrived = seen.byAction[name] ?? 0;
    const broken = breakdowns.reduce((sum, kind) => sum + (seen.byCode[`${name} fault:${kind}`] ?? 0), 0);
    const counted = countOf({ action });
    const answered = counted - countOf({ action, outcome: 'fault' });
    return [
      ...atMost(`${backend}: ${action} calls that arrived`, arrived, 'that were counted', counted),
      ...atMost(
        `${backend}: ${action} calls counted as answered`,
        answered,
        'that were answered',
        arrived - broken,
      ),
    ];
  });
  const counted = countOf({});
  const arrived = routes.reduce(
    (sum, action) => sum + (seen.byAction[emulatorNames[backend][action]] ?? 0),
    0,
  );
  const explained = closedUnannounced + Math.ceil((counted * givenUpPercent) / 100) + 5;
  const unseen = `${backend}: calls counted that never arrived`;
  return [...byAction, ...atMost(unseen, counted - arrived, 'that there is a reason for', explained)];
}

function atMost(one: string, count: number, other: string, limit: number): string[] {
  return count <= limit ? [] : [`${one}: ${count}, ${other}: ${limit}`];
}

function differing(one: string, count: number, other: string, otherCount: number): string[] {
  return count === otherCount ? [] : [`${one}: ${count}, ${other}: ${otherCount}`];
}
