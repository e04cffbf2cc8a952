// Section: what the proxy keeps and what it was told: store, records of tokens, configuration, certificates, clock.
import { graph, timeline, type Section } from './panels.ts';
import { growth, of, sum } from './queries.ts';

export const upkeep: Section = {
  title: 'Store and configuration',
  panels: [
    timeline({
      title: 'Store',
      description:
        'Down: records of tokens wait in memory and are lost with the process. Look for a full disk (lmdb) or an unreachable Redis, and do not restart the proxy before.',
      queries: { '{{instance}}': of('token_proxy_store_up') },
      states: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
    }),
    graph({
      title: 'Errors of the store',
      description:
        'Reads and writes that failed; a revoke or query may then not find its token. A steady rate is a disk or a Redis in trouble: the log says which call failed and why.',
      unit: 'short',
      queries: { '{{instance}}': sum(growth(of('token_proxy_store_errors_total')), 'instance') },
    }),
    graph({
      title: 'Tokens remembered',
      description:
        'Records of issued tokens, until they expire. With a shared store every replica shows the same number. It should follow the calls of the last days; a sudden drop is a store that was lost.',
      unit: 'short',
      queries: { '{{instance}}': of('token_proxy_ledger_tokens') },
    }),
    timeline({
      title: 'Last reload',
      description:
        'Refused: the file is wrong, and the configuration before stays in force; the next start would fail. token-proxy check --config FILE says what is wrong.',
      queries: { '{{instance}}': of('token_proxy_config_last_reload_successful') },
      states: { 0: { text: 'refused', color: 'red' }, 1: { text: 'taken over', color: 'green' } },
    }),
    graph({
      title: 'Reloads',
      description: 'Times that a configuration was loaded, by result; each start counts as one that worked.',
      unit: 'short',
      queries: { '{{result}}': sum(growth(of('token_proxy_config_reloads_total')), 'result') },
    }),
    graph({
      title: 'Age of the configuration',
      description:
        'Since the last load that worked, by replica. Replicas that differ after a roll-out of a new file have not all taken it over: see "Reloads".',
      unit: 's',
      queries: {
        '{{instance}}': `time() - ${of('token_proxy_config_last_reload_success_timestamp_seconds')}`,
      },
    }),
    graph({
      title: 'Certificates end in',
      description: 'Renew them below 30 days; new files are taken over within seconds, without a restart.',
      unit: 's',
      signed: true,
      queries: {
        '{{instance}} {{listener}}': `${of('token_proxy_certificate_not_after_timestamp_seconds')} - time()`,
      },
    }),
    graph({
      title: 'Clock of the gateway minus ours',
      description:
        'Past 15 minutes the gateway refuses every call. Above a few seconds: mend the time synchronisation.',
      unit: 's',
      signed: true,
      queries: { '{{instance}}': of('token_proxy_gateway_clock_offset_seconds') },
    }),
  ],
};
