// Section: what moves from the old service to the gateway, and how both bear it.
import { graph, type Panel, type Section } from './panels.ts';
import { fleet, growth, max, of, quantile, rate, share, sum } from './queries.ts';

const requests = 'token_proxy_requests_total';
const weighed = { reason: 'weight' } as const;

export const cutover: Section = {
  title: 'Cutover',
  panels: [
    graph({
      title: 'Share of the gateway',
      description:
        'wanted: the weight. chosen: of the choices that the weight made. answered: what became of it after overrides, fallbacks and refusals. chosen far off wanted: a few keys make most of the calls, so move those accounts by themselves. answered far below chosen: calls fall back, see "Fallbacks".',
      unit: 'percentunit',
      max: 1,
      queries: {
        wanted: max(of('token_proxy_split_weight_ratio', { backend: 'gateway' })),
        'wanted (lowest replica)': `min(${of('token_proxy_split_weight_ratio', { backend: 'gateway' })})`,
        chosen: share(
          of('token_proxy_decisions_total', { ...weighed, backend: 'gateway' }),
          of('token_proxy_decisions_total', weighed),
        ),
        'chosen (15 minutes, fleet)': fleet('job:token_proxy_split_chosen:ratio_rate15m'),
        answered: share(
          of(requests, { route: 'apply', backend: 'gateway' }),
          of(requests, { route: 'apply', backend: 'gateway|legacy' }),
        ),
      },
    }),
    graph({
      title: 'Calls by who answered',
      description:
        'none: refused by the proxy itself, for a wrong signature or parameters, a full quota or an open breaker. A growing "none" is worth a look at "Answers by code".',
      unit: 'reqps',
      stacked: true,
      queries: { '{{route}} {{backend}}': sum(rate(of(requests)), 'route', 'backend') },
    }),
    graph({
      title: 'Answers by code',
      description:
        'Codes of the old protocol. 400 and 407 are callers’ mistakes: token-proxy explain tells what is wrong with one. 409 and 410 are failures of a backend or of the quotas.',
      unit: 'reqps',
      stacked: true,
      queries: { '{{route}} {{code}}': sum(rate(of('token_proxy_answers_total')), 'route', 'code') },
    }),
    outcomes('gateway', 'Calls to the gateway'),
    outcomes('legacy', 'Calls to the old service'),
    graph({
      title: 'Faults of the backends',
      description:
        'Share of the calls to each backend that ended in a fault, over the whole fleet. The lines are where the alerts begin: 3 % for hours, 7.2 % within one. Do not raise the weight while the gateway is above the old service.',
      unit: 'percentunit',
      queries: {
        '{{backend}} 5 minutes': fleet('job_backend:token_proxy_backend_faults:ratio_rate5m'),
        '{{backend}} 1 hour': fleet('job_backend:token_proxy_backend_faults:ratio_rate1h'),
        '{{backend}} 6 hours': fleet('job_backend:token_proxy_backend_faults:ratio_rate6h'),
      },
      limits: { warn: 0.03, bad: 0.072 },
    }),
    graph({
      title: 'Latency of the backends',
      description:
        'Of single calls to each backend, without waiting for a turn. A p99 near the backend’s timeout (3 s by default) is a backend in trouble.',
      unit: 's',
      queries: {
        '{{backend}} p50': quantile(0.5, 'token_proxy_backend_duration_seconds', 'backend'),
        '{{backend}} p99': quantile(0.99, 'token_proxy_backend_duration_seconds', 'backend'),
      },
    }),
    graph({
      title: 'Latency for clients',
      description:
        'From the arrival of a call to its answer, by who answered. Old clients give up after 5 s: see "Waiting for a turn", "Latency of the backends" and the event loop lag for where the time goes.',
      unit: 's',
      queries: {
        '{{backend}} p50': quantile(0.5, 'token_proxy_request_duration_seconds', 'backend'),
        '{{backend}} p99': quantile(0.99, 'token_proxy_request_duration_seconds', 'backend'),
      },
      limits: { bad: 4.5 },
    }),
    graph({
      title: 'Choices by reason',
      description:
        'weight: the common weight. override: a rule of the file or an order for one account. forced: --all-back. issuer, no-record: revoke and query go where the token came from. unknown-account: no key of the configuration.',
      unit: 'reqps',
      stacked: true,
      queries: {
        '{{backend}} {{reason}}': sum(rate(of('token_proxy_decisions_total')), 'backend', 'reason'),
      },
    }),
    graph({
      title: 'Fallbacks',
      description:
        'Apply calls whose first choice failed and that the other side was asked to answer, by why. Clients are served, but do not raise the weight before this is mended; past split.fallback.budgetPercent they will get failures.',
      unit: 'reqps',
      queries: { '{{action}} {{cause}}': sum(rate(of('token_proxy_fallbacks_total')), 'action', 'cause') },
    }),
    graph({
      title: 'Second tries',
      description:
        'unconnected: no connection could be made. reused-connection: an idle connection died before its answer began; the backend, or something between, closes idle connections without saying so. A steady rate of either is a network problem.',
      unit: 'reqps',
      queries: { '{{action}} {{cause}}': sum(rate(of('token_proxy_retries_total')), 'action', 'cause') },
    }),
    graph({
      title: 'Possibly lost and shared tokens',
      description:
        'possibly lost: an apply got no readable answer, so a token may have been made, and billed, that nobody has. live, shared: tokens handed out to a second client (`reuse`), calls that the gateway was spared.',
      unit: 'short',
      queries: {
        'possibly lost ({{backend}})': sum(growth(of('token_proxy_possibly_lost_tokens_total')), 'backend'),
        '{{how}}': sum(growth(of('token_proxy_reused_tokens_total')), 'how'),
      },
    }),
  ],
};

function outcomes(backend: string, title: string): Panel {
  return graph({
    title,
    description:
      'By how they ended. rejected: the caller’s mistake. denied: a permission is missing (token-proxy ram-policy prints what is needed). throttled: a quota of the backend. fault: no answer, overload or nonsense; only this speaks against the backend.',
    unit: 'reqps',
    stacked: true,
    queries: {
      '{{action}} {{outcome}}': sum(
        rate(of('token_proxy_backend_calls_total', { backend })),
        'action',
        'outcome',
      ),
    },
  });
}
