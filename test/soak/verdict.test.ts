// The soak's own judgement: it says nothing while everything adds up, and names whatever does not.
import assert from 'node:assert/strict';
import type { Sample } from './samples.ts';
import { readSeries } from './series.ts';
import { createTally, type Tally } from './tally.ts';
import { problemsIn, type Facts } from './verdict.ts';

const metrics = `
# HELP token_proxy_requests_total Requests.
token_proxy_requests_total{route="apply",backend="legacy",account="shop",outcome="ok"} 6
token_proxy_requests_total{route="query",backend="gateway",account="other",outcome="fault"} 1
token_proxy_answers_total{route="apply",code="200"} 6
token_proxy_answers_total{route="query",code="409"} 1
token_proxy_request_duration_seconds_count{route="apply",backend="legacy"} 6
token_proxy_request_duration_seconds_count{route="query",backend="gateway"} 1
token_proxy_backend_calls_total{backend="legacy",action="apply",outcome="ok"} 6
token_proxy_backend_calls_total{backend="gateway",action="query",outcome="fault"} 1
`;

const tallyOf = (counts: Readonly<Record<string, number>>): Tally => {
  const tally = createTally();
  for (const [name, count] of Object.entries(counts)) tally.add(name, count);
  return tally;
};
const samplesOf = (last: Partial<Sample> = {}): Sample[] => {
  const flat = { residentBytes: 150e6, heapBytes: 50e6, openFiles: 60, handles: 50, tokens: 500, lagMs: 20 };
  return Array.from({ length: 30 }, (_, at) => (at < 20 ? flat : { ...flat, ...last }));
};
const peak = (account: string, action: 'ApplyToken' | 'RevokeToken', count: number) => ({
  account,
  action,
  peak: count,
});

const well: Facts = {
  ledger: { unanswered: () => [], slowest: () => [{ kind: 'apply', ms: 2_600 }] },
  answerMs: 4_500,
  tardinessMs: 30,
  books: {
    scrape: readSeries(metrics),
    logged: tallyOf({ 'apply 200': 6, 'query 409': 1 }),
    loggedHungUp: tallyOf({ 'apply 200': 1 }),
    answers: tallyOf({ 'apply 200': 5, 'query 409': 1 }),
    backends: [
      {
        backend: 'legacy',
        seen: { byAction: { apply: 6 }, byCode: { 'apply 200': 6 } },
        closedUnannounced: 0,
      },
      {
        backend: 'gateway',
        seen: { byAction: { QueryToken: 1 }, byCode: { 'QueryToken fault:hang': 1 } },
        closedUnannounced: 0,
      },
    ],
  },
  samples: samplesOf(),
  openFiles: { before: 25, after: 30, toBackends: 3 },
  gateway: {
    peaks: { perAccount: [peak('shop', 'ApplyToken', 27)], perAddress: [] },
    blocks: { count: 0, refused: 0, addresses: [] },
  },
  reloads: { ok: { ordered: 3, counted: 3 }, refused: { ordered: 1, counted: 1 } },
  recovered: ['200', '200'],
  internalErrors: 0,
  exitCode: 0,
};
const booksWith = (text: string, by: string): Facts['books'] => ({
  ...well.books,
  scrape: readSeries(metrics.replace(text, by)),
});
const seenBy = (
  backend: 'legacy' | 'gateway',
  byAction: Readonly<Record<string, number>>,
): Facts['books'] => ({
  ...well.books,
  backends: well.books.backends.map((books) =>
    books.backend === backend ? { ...books, seen: { ...books.seen, byAction } } : books,
  ),
});

describe('the verdict on a soak', () => {
  it('is good when everything adds up', () => {
    assert.deepEqual(problemsIn(well), []);
  });

  const wrong: [string, Partial<Facts>, RegExp][] = [
    [
      'a call without an answer',
      { ledger: { ...well.ledger, unanswered: () => ['apply: ECONNRESET'] } },
      /unanswered: apply/,
    ],
    [
      'an answer that came late',
      { ledger: { ...well.ledger, slowest: () => [{ kind: 'query', ms: 9_000 }] } },
      /late: query/,
    ],
    [
      'a request that was counted twice',
      { books: booksWith('"ok"} 6', '"ok"} 7') },
      /apply requests counted: 7, made by the load: 6/,
    ],
    [
      'a request that was not counted',
      {
        books: booksWith(
          'outcome="fault"} 1\ntoken_proxy_answers',
          'outcome="fault"} 0\ntoken_proxy_answers',
        ),
      },
      /query requests counted: 0, made by the load: 1/,
    ],
    [
      'an answer under another code',
      { books: booksWith('code="409"} 1', 'code="410"} 1') },
      /answers "query 409" counted: 0, received: 1/,
    ],
    [
      'a backend call that was not counted',
      { books: seenBy('legacy', { apply: 7 }) },
      /legacy: apply calls that arrived: 7, that were counted: 6/,
    ],
    [
      'a success that the backend never saw',
      { books: seenBy('legacy', { apply: 5 }) },
      /legacy: apply calls counted as answered: 6, that were answered: 5/,
    ],
    [
      'many faults that the backend never saw',
      { books: booksWith('action="query",outcome="fault"} 1', 'action="query",outcome="fault"} 20') },
      /gateway: calls counted that never arrived: 19/,
    ],
    ['memory that grows', { samples: samplesOf({ residentBytes: 400e6 }) }, /resident memory grew/],
    ['a heap that grows', { samples: samplesOf({ heapBytes: 120e6 }) }, /heap grew/],
    ['handles that grow', { samples: samplesOf({ handles: 500 }) }, /handles grew/],
    ['files left open', { openFiles: { before: 25, after: 60, toBackends: 3 } }, /open files at rest: 60/],
    [
      'a quota overrun',
      {
        gateway: { ...well.gateway, peaks: { perAccount: [peak('shop', 'RevokeToken', 6)], perAddress: [] } },
      },
      /shop: 6 RevokeToken calls within one second/,
    ],
    [
      'a reload that was not counted',
      { reloads: { ...well.reloads, ok: { ordered: 3, counted: 2 } } },
      /reloads ok/,
    ],
    ['a proxy that does not recover', { recovered: ['200', '409'] }, /answered 200 409/],
    ['an internal error', { internalErrors: 1 }, /internal errors logged: 1/],
    ['an exit code', { exitCode: 1 }, /exit code was 1/],
  ];
  for (const [what, facts, says] of wrong) {
    it(`names ${what}`, () => {
      assert.match(problemsIn({ ...well, ...facts }).join('\n'), says);
    });
  }
});
