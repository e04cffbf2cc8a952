// All instruments of the product on one registry, behind verbs in the words of the domain (SPEC section 6).
// Only importer of prom-client. Every label value comes from a closed or configured set.
import { Counter, Gauge, Histogram, collectDefaultMetrics, type Registry } from 'prom-client';
import type { GatewayAction, OutcomeClass } from '../gateway/gateway.ts';
import type { LegacyCode } from '../legacy/call.ts';
import type { Operation } from '../legacy/operations.ts';

export type Backend = 'legacy' | 'gateway';

/** Why a backend was chosen. */
export type DecisionReason =
  'weight' | 'override' | 'issuer' | 'no-record' | 'unknown-account' | 'only-backend' | 'forced';

export interface AnsweredCall {
  readonly operation: Operation;
  readonly backend: Backend | 'none';
  /** Name of the account, when it is known. */
  readonly account: string | undefined;
  readonly outcome: OutcomeClass;
  readonly code: LegacyCode;
  readonly durationMs: number;
}

export interface BackendCall {
  readonly backend: Backend;
  readonly action: GatewayAction;
  readonly outcome: OutcomeClass;
  readonly durationMs: number;
}

export interface Metrics {
  answered(call: AnsweredCall): void;
  decided(backend: Backend, reason: DecisionReason): void;
  backendCalled(call: BackendCall): void;
  /** The gateway's clock minus ours, seconds. */
  clockOffset(seconds: number): void;
  /** Share of apply calls that goes to the gateway, 0 to 1. */
  weightChanged(gatewayRatio: number): void;
  configReloaded(result: 'ok' | 'refused', nowMs: number): void;
  /** Names that get a label of their own; every other account is `other`. */
  accountsConfigured(names: readonly string[]): void;
  /** End of the validity of a listener's certificate, ms since epoch. */
  certificateLoaded(listener: string, notAfterMs: number): void;
}

export interface MetricsSources {
  readonly version: string;
  /** Requests being worked on. */
  readonly inflight: () => number;
  /** Records in the ledger. */
  readonly ledgerTokens: () => number;
  /** How many accounts get a label of their own. */
  readonly accountLabels: number;
}

/** Seconds; fine where a healthy answer lies, and with an edge at the default deadline and at the client's own limit. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 4.5, 5];

/** Registers all instruments, and the process metrics of prom-client, on `registry`. */
export function createMetrics(registry: Registry, sources: MetricsSources): Metrics {
  const registers = [registry];
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Counter<Label> => new Counter({ name: `token_proxy_${name}`, help, labelNames, registers });
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
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Histogram<Label> =>
    new Histogram({
      name: `token_proxy_${name}`,
      help,
      labelNames,
      registers,
      buckets: durationBuckets,
    });

  const requests = counter('requests_total', 'Calls of old clients, by how they ended.', [
    'route',
    'backend',
    'account',
    'outcome',
  ]);
  const answers = counter('answers_total', 'Answers to old clients, by code of the old protocol.', [
    'route',
    'code',
  ]);
  const requestDuration = histogram(
    'request_duration_seconds',
    'From the arrival of the head of a request to its answer.',
    ['route', 'backend'],
  );
  const decisions = counter('decisions_total', 'Choices of a backend, by reason.', ['backend', 'reason']);
  const backendCalls = counter('backend_calls_total', 'Calls made to a backend, by outcome class.', [
    'backend',
    'action',
    'outcome',
  ]);
  const backendDuration = histogram('backend_duration_seconds', 'Duration of one call to a backend.', [
    'backend',
    'action',
  ]);
  const weight = gauge('split_weight_ratio', 'Share of apply calls that a backend should get, 0 to 1.', [
    'backend',
  ]);
  const clockOffset = gauge(
    'gateway_clock_offset_seconds',
    "The gateway's clock minus ours, from its last answer; past 900 it refuses every call.",
    [],
  );
  const reloads = counter('config_reloads_total', 'Times the configuration was loaded, by result.', [
    'result',
  ]);
  const reloadOk = gauge(
    'config_last_reload_successful',
    'Whether the last load of the configuration worked.',
    [],
  );
  const reloadAt = gauge(
    'config_last_reload_success_timestamp_seconds',
    'When the configuration was last loaded, seconds since epoch.',
    [],
  );
  const notAfter = gauge(
    'certificate_not_after_timestamp_seconds',
    "End of validity of a listener's certificate, seconds since epoch.",
    ['listener'],
  );
  gauge('inflight_requests', 'Requests of old clients being worked on.', [], sources.inflight);
  gauge('ledger_tokens', 'Issued tokens that are remembered.', [], sources.ledgerTokens);
  gauge('build_info', 'Always 1; the version is in the label.', ['version', 'node_version']).set(
    { version: sources.version, node_version: process.version },
    1,
  );
  collectDefaultMetrics({ register: registry });

  let labelled: ReadonlySet<string> = new Set();
  return {
    answered({ operation, backend, account, outcome, code, durationMs }) {
      const label = account !== undefined && labelled.has(account) ? account : 'other';
      requests.inc({ route: operation, backend, account: label, outcome });
      answers.inc({ route: operation, code });
      requestDuration.observe({ route: operation, backend }, durationMs / 1000);
    },
    decided(backend, reason) {
      decisions.inc({ backend, reason });
    },
    backendCalled({ backend, action, outcome, durationMs }) {
      backendCalls.inc({ backend, action, outcome });
      backendDuration.observe({ backend, action }, durationMs / 1000);
    },
    clockOffset(seconds) {
      clockOffset.set(seconds);
    },
    weightChanged(gatewayRatio) {
      weight.set({ backend: 'gateway' }, gatewayRatio);
      weight.set({ backend: 'legacy' }, 1 - gatewayRatio);
    },
    configReloaded(result, nowMs) {
      reloads.inc({ result });
      reloadOk.set(result === 'ok' ? 1 : 0);
      if (result === 'ok') reloadAt.set(nowMs / 1000);
    },
    accountsConfigured(names) {
      labelled = new Set(names.slice(0, sources.accountLabels));
    },
    certificateLoaded(listener, notAfterMs) {
      notAfter.set({ listener }, notAfterMs / 1000);
    },
  };
}
