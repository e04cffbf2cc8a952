// Whether the counters add up: with each other, with the log, with what the load knows, and with what the emulated
// services saw. Pure.
import { operations, type Operation } from '../../src/legacy/operations.ts';
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
  /** Calls by the emulator's names of actions. */
  readonly seen: Readonly<Record<string, number>>;
  /** Calls that it need not have seen although they were counted: see {@link unseenProblems}. */
  readonly mayBeUnseen: number;
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
    ...books.backends.flatMap((backend) => unseenProblems(books, backend)),
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

/**
 * A backend cannot see what the proxy did not send, and the proxy counts what it tried. Over a connection that the
 * emulator had just closed without a word (`close-idle`) a call dies unseen; nothing else may be missing, and never may
 * the emulator have seen more than was counted.
 */
function unseenProblems({ scrape }: Books, { backend, seen, mayBeUnseen }: BackendBooks): string[] {
  let unseen = 0;
  const tooMany = routes.flatMap((action) => {
    const counted = scrape.sum('token_proxy_backend_calls_total', { backend, action });
    const arrived = seen[emulatorNames[backend][action]] ?? 0;
    unseen += Math.max(0, counted - arrived);
    return arrived <= counted
      ? []
      : [`${backend}: ${arrived} ${action} calls arrived, only ${counted} were counted`];
  });
  if (unseen <= mayBeUnseen) return tooMany;
  return [
    ...tooMany,
    `${backend}: ${unseen} calls were counted that never arrived, at most ${mayBeUnseen} may`,
  ];
}

function differing(one: string, count: number, other: string, otherCount: number): string[] {
  return count === otherCount ? [] : [`${one}: ${count}, ${other}: ${otherCount}`];
}
