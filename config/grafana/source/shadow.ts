// Section: what the gateway would have said to calls that the old service answered.
import { graph, type Section } from './panels.ts';
import { of, rate, share, sum } from './queries.ts';

const shadowed = 'token_proxy_shadow_total';

export const shadow: Section = {
  title: 'Shadow',
  panels: [
    graph({
      title: 'Shadow calls',
      description:
        'Calls that the old service answered and that the gateway was asked as well (shadow.percent). match, mismatch: both came to the same, or not. error: the gateway gave no answer to compare. dropped: there was no room in the queue or the quotas; real calls go first. Each is billed, and an apply makes a token.',
      unit: 'reqps',
      stacked: true,
      queries: { '{{result}}': sum(rate(of(shadowed)), 'result') },
    }).span(12),
    graph({
      title: 'Shadow calls that differ',
      description:
        'Mismatches among those that could be compared. Anything above 0 is a client that will be answered otherwise after the cutover: GET /api/shadow has masked examples, token-proxy readiness the accounts. Mend those before raising their weight.',
      unit: 'percentunit',
      queries: {
        differ: share(of(shadowed, { result: 'mismatch' }), of(shadowed, { result: 'match|mismatch' })),
      },
      limits: { bad: 0.001 },
    }).span(12),
  ],
};
