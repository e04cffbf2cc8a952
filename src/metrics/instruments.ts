// The instruments of the product on one registry: names, help texts, labels and buckets (SPEC section 6).
// What is counted when is said in prometheus.ts.
import { Counter, Gauge, collectDefaultMetrics, type Registry } from 'prom-client';
import { CountedHistogram, countedCounter } from './counted.ts';
import type { MetricsSources } from './metrics.ts';

/** Seconds; fine where a healthy answer lies, and with an edge at the default deadline and at the client's own limit. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 4.5, 5];

/** Registers everything, the process metrics of prom-client included. */
export function registerInstruments(registry: Registry, sources: MetricsSources) {
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Counter<Label> => new Counter({ name: `token_proxy_${name}`, help, labelNames, registers });
  /** Of what happens with every call. */
  const counted = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    countedCounter({ name: `token_proxy_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read?: () => number,
  ): Gauge<Label> =>
    new Gauge({
      name: `token_proxy_${name}`,
      help,
      labelNames,
      registers,
      ...(read && {
        collect() {
          this.set(read());
        },
      }),
    });
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new CountedHistogram({ name: `token_proxy_${name}`, help, labelNames, registers }, durationBuckets);

  gauge('inflight_requests', 'Requests of old clients being worked on.', [], sources.inflight);
  gauge('ledger_tokens', 'Issued tokens that are remembered.', [], sources.ledgerTokens);
  gauge('store_up', 'Whether the store does what it should.', [], sources.storeUp);
  new Counter({
    name: 'token_proxy_store_errors_total',
    help: 'Reads and writes of the store that failed.',
    registers,
    collect() {
      this.reset();
      this.inc(sources.storeErrors());
    },
  });
  const build = gauge('build_info', 'Always 1; the version is in the label.', ['version', 'node_version']);
  build.set({ version: sources.version, node_version: process.version }, 1);
  collectDefaultMetrics({ register: registry });
  return {
    requests: counted('requests_total', 'Calls of old clients, by how they ended.', [
      'route',
      'backend',
      'account',
      'outcome',
    ]),
    answers: counted('answers_total', 'Answers to old clients, by code of the old protocol.', [
      'route',
      'code',
    ]),
    requestDuration: histogram(
      'request_duration_seconds',
      'From the arrival of the head of a request to its answer.',
      ['route', 'backend'],
    ),
    decisions: counted('decisions_total', 'Choices of a backend, by reason.', ['backend', 'reason']),
    backendCalls: counted('backend_calls_total', 'Calls made to a backend, by outcome class.', [
      'backend',
      'action',
      'outcome',
    ]),
    backendDuration: histogram('backend_duration_seconds', 'Duration of one call to a backend.', [
      'backend',
      'action',
    ]),
    fallbacks: counter('fallbacks_total', 'Calls that the other side was asked to answer.', [
      'action',
      'cause',
    ]),
    retries: counter('retries_total', 'Calls made a second time because the first went nowhere.', [
      'action',
      'cause',
    ]),
    reused: counted('reused_tokens_total', 'Tokens handed out that the gateway had made for another call.', [
      'how',
    ]),
    quotaWait: histogram('quota_wait_seconds', 'How long calls waited for their turn at the gateway.', [
      'action',
    ]),
    quotaRefusals: counter(
      'quota_refusals_total',
      'Calls held back because their turn would have come too late.',
      ['action'],
    ),
    quotaNearlyUsed: counter(
      'quota_nearly_used_total',
      'Times that a budget towards the gateway was found nearly used up; at most once a minute each.',
      ['scope', 'action'],
    ),
    quotaHeldBack: counter(
      'quota_held_back_total',
      'Times that a budget was lowered because the gateway said that its account is over.',
      ['action'],
    ),
    lost: counter(
      'possibly_lost_tokens_total',
      'Apply calls that a backend gave no readable answer to: it may have made a token all the same.',
      ['backend'],
    ),
    rolloutMoves: counter(
      'rollout_transitions_total',
      'Transitions of the rollout that this replica brought about.',
      ['state'],
    ),
    agreement: counter('signature_agreement_total', "Our verdict on a signature beside the old service's.", [
      'account',
      'verdict',
    ]),
    shadow: counter(
      'shadow_total',
      'Calls of the old service tried at the gateway too, by how they compare.',
      ['result'],
    ),
    weight: gauge('split_weight_ratio', 'Share of apply calls that a backend should get, 0 to 1.', [
      'backend',
    ]),
    clockOffset: gauge(
      'gateway_clock_offset_seconds',
      "The gateway's clock minus ours, from its last answer; past 900 it refuses every call.",
      [],
    ),
    reloads: counter('config_reloads_total', 'Times the configuration was loaded, by result.', ['result']),
    reloadOk: gauge(
      'config_last_reload_successful',
      'Whether the last load of the configuration worked.',
      [],
    ),
    reloadAt: gauge(
      'config_last_reload_success_timestamp_seconds',
      'When the configuration was last loaded, seconds since epoch.',
      [],
    ),
    notAfter: gauge(
      'certificate_not_after_timestamp_seconds',
      "End of validity of a listener's certificate, seconds since epoch.",
      ['listener'],
    ),
  };
}
