// Section: the figures that say within a second whether all is well.
import { figure, type Section } from './panels.ts';
import { fleet, max, of, rate, share, sum } from './queries.ts';

export const glance: Section = {
  title: 'At a glance',
  panels: [
    figure({
      title: 'Share of the gateway, wanted',
      description:
        'The weight in force: token-proxy split shows it, token-proxy split --gateway N moves it. With several replicas this is their mean; they should all have the same one.',
      unit: 'percentunit',
      queries: { wanted: `avg(${of('token_proxy_split_weight_ratio', { backend: 'gateway' })})` },
    }),
    figure({
      title: 'Share of the gateway, observed',
      description:
        'Of the apply calls that a backend answered, the share that the gateway did. It differs from the wanted one by overrides, fallbacks, and keys that make many calls: see "Share of the gateway" below.',
      unit: 'percentunit',
      queries: {
        observed: share(
          of('token_proxy_requests_total', { route: 'apply', backend: 'gateway' }),
          of('token_proxy_requests_total', { route: 'apply', backend: 'gateway|legacy' }),
        ),
      },
    }),
    figure({
      title: 'Calls',
      description:
        'What old clients ask of all chosen replicas. None at all although clients run: look at the load balancer, DNS and allowFrom.',
      unit: 'reqps',
      queries: { calls: sum(rate(of('token_proxy_requests_total'))) },
    }),
    figure({
      title: 'Calls that ended in a fault',
      description:
        'Of all calls within 5 minutes, whoever answered them; callers’ mistakes and throttling are no faults. Above the line: find the backend that fails under "Cutover", and go back (token-proxy split --all-back) if it is the gateway.',
      unit: 'percentunit',
      queries: { faults: fleet('job:token_proxy_client_faults:ratio_rate5m') },
      limits: { warn: 0.005, bad: 0.03 },
    }),
    figure({
      title: 'Open breakers',
      description:
        'Backends and actions that are not asked for the moment because they failed again and again. See "Breakers" below, and token-proxy status for the reason.',
      unit: 'short',
      queries: {
        open: `${sum(max(of('token_proxy_circuit_breaker_state', { state: 'open' }), 'backend', 'action'))} or vector(0)`,
      },
      limits: { bad: 1 },
    }),
    figure({
      title: 'Alerts',
      description:
        'Alerts of config/prometheus/alerts.yaml that fire now. Their annotation `action` says what to do.',
      unit: 'short',
      queries: {
        firing: `count(ALERTS{alertname=~"TokenProxy.+",alertstate="firing",namespace=~"$namespace",job=~"$job"}) or vector(0)`,
      },
      limits: { bad: 1 },
    }),
  ],
};
