// Section: the processes themselves: are they there, and do they have what they need.
import { graph, type Section } from './panels.ts';
import { max, of, rate, sum } from './queries.ts';

export const processes: Section = {
  title: 'Processes',
  panels: [
    graph({
      title: 'Replicas by version',
      description:
        'Those that Prometheus reaches. Fewer than there should be: GET /-/healthy at the missing one, then its last log lines. Two versions for long: a roll-out that hangs.',
      unit: 'short',
      stacked: true,
      queries: {
        '{{version}} on Node {{node_version}}': sum(of('token_proxy_build_info'), 'version', 'node_version'),
      },
    }),
    graph({
      title: 'CPU',
      description:
        'Cores in use; one process uses little more than one. Near 1 for long, calls begin to wait: add a replica.',
      unit: 'short',
      queries: { '{{instance}}': rate(of('process_cpu_seconds_total')) },
      limits: { warn: 0.8, bad: 1 },
    }),
    graph({
      title: 'Event loop lag',
      description:
        'How late the process gets to what is due, 99th percentile. Above 100 ms every call feels it: add a replica, or look for a neighbour that takes the core.',
      unit: 's',
      queries: { '{{instance}}': max(of('nodejs_eventloop_lag_p99_seconds'), 'instance') },
      limits: { warn: 0.1, bad: 0.25 },
    }),
    graph({
      title: 'Memory',
      description:
        'RSS and the heap in use. A heap that grows for days without falling back is a leak: report it, and restart.',
      unit: 'bytes',
      queries: {
        '{{instance}} RSS': of('process_resident_memory_bytes'),
        '{{instance}} heap': of('nodejs_heap_size_used_bytes'),
      },
    }),
    graph({
      title: 'Calls in flight',
      description:
        'Calls being worked on. It follows calls times latency; growing at the same rate of calls means a backend or a queue that got slow.',
      unit: 'short',
      queries: { '{{instance}}': of('token_proxy_inflight_requests') },
    }),
    graph({
      title: 'Open files',
      description:
        'Share of the files that the process may open; connections for the most part. Near 100 % new connections fail: raise the limit (ulimit -n, LimitNOFILE), or look for clients that keep too many.',
      unit: 'percentunit',
      queries: { '{{instance}}': `${of('process_open_fds')} / ${of('process_max_fds')}` },
      limits: { warn: 0.7, bad: 0.9 },
    }),
  ],
};
