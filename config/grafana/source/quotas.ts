// Section: how much of what the gateway allows is used, and what that costs clients.
import { graph, type Section } from './panels.ts';
import { fleet, growth, max, of, quantile, rate, sum } from './queries.ts';

export const quotas: Section = {
  title: 'Quotas of the gateway',
  panels: [
    graph({
      title: 'Used of the accounts’ quotas',
      description:
        'Calls of the last second as a share of what each account may make, less the headroom; `other` is the fullest of the accounts without a label. At 100 % calls wait. Steadily above 80 %: stop raising the weight, ask the vendor for more (accounts[].limits), or turn on `reuse`.',
      unit: 'percentunit',
      queries: {
        '{{account}} {{action}}': max(
          of('token_proxy_quota_used_ratio', { scope: 'account' }),
          'account',
          'action',
        ),
      },
      limits: { warn: 0.8, bad: 1 },
    }),
    graph({
      title: 'Used of the address’s quota',
      description:
        'The same for everything that leaves by one address; past the vendor’s limit the address is blocked, so the proxy keeps below. The line over two minutes is what the alert looks at.',
      unit: 'percentunit',
      queries: {
        '{{action}}': max(of('token_proxy_quota_used_ratio', { scope: 'address' }), 'action'),
        '{{action}} (2 minutes, fleet)': fleet('job_scope_account_action:token_proxy_quota_used:max2m', {
          scope: 'address',
        }),
      },
      limits: { warn: 0.8, bad: 1 },
    }),
    graph({
      title: 'Calls that leave for the gateway',
      description:
        'Of the whole fleet. If all replicas leave by one address, no action may pass 300 calls/s: the address would be blocked. One replica keeps to 270. Above 280: token-proxy split --all-back, then let the replicas share their count (store.type: redis, or limits.replicas).',
      unit: 'reqps',
      queries: { '{{action}}': fleet('job_action:token_proxy_gateway_calls:rate2m') },
      limits: { warn: 240, bad: 280 },
    }),
    graph({
      title: 'Waiting for a turn',
      description:
        'How long calls that got their turn had waited for it. What waits here is missing in the deadline; near 4.5 s calls are refused instead.',
      unit: 's',
      queries: {
        '{{action}} p50': quantile(0.5, 'token_proxy_quota_wait_seconds', 'action'),
        '{{action}} p99': quantile(0.99, 'token_proxy_quota_wait_seconds', 'action'),
      },
    }),
    graph({
      title: 'Calls in the queue',
      description:
        'Calls that wait for their turn now. A queue that never empties is a quota that is too small for the weight.',
      unit: 'short',
      queries: { '{{action}}': sum(of('token_proxy_quota_queue_length'), 'action') },
    }),
    graph({
      title: 'Refused for a quota',
      description:
        'Their turn would have come too late. Clients got a failure with Retry-After, or fell back where split.fallback.on says throttled. Lower the weight of the account that is full.',
      unit: 'reqps',
      queries: { '{{action}}': sum(rate(of('token_proxy_quota_refusals_total')), 'action') },
    }),
    graph({
      title: 'Warnings of the quotas',
      description:
        'nearly used: a budget was found nearly used up (at most once a minute each). held back: the gateway called an account over its rate although by our count it was not: something else calls for it, or limits are set too high. The log names the account.',
      unit: 'short',
      queries: {
        'nearly used: {{scope}} {{action}}': sum(
          growth(of('token_proxy_quota_nearly_used_total')),
          'scope',
          'action',
        ),
        'held back: {{action}}': sum(growth(of('token_proxy_quota_held_back_total')), 'action'),
      },
    }),
    graph({
      title: 'Whose budgets are in force',
      description:
        'Replicas by mode. own: each counts for itself. shared: through Redis. pause, share: Redis is out of reach, so calls wait a moment and then the replica keeps to its own part; see whether Redis is up.',
      unit: 'short',
      stacked: true,
      queries: { '{{mode}}': sum(of('token_proxy_quota_mode'), 'mode') },
    }),
  ],
};
