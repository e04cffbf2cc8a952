// What Prometheus has to carry: names as it wants them, a bounded number of series, and nothing that nobody looks at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import type { OutcomeClass } from '../../src/gateway/gateway.ts';
import type { SignatureAgreement } from '../../src/legacy/agreement.ts';
import { createMetrics } from '../../src/metrics/prometheus.ts';
import {
  breakerStates,
  quotaModes,
  rolloutStateNames,
  shadowResultNames,
  type DecisionReason,
  type Metrics,
  type MetricsSources,
} from '../../src/metrics/metrics.ts';
import type { SandboxAccount } from '../../src/sandbox/accounts.ts';
import { itPrometheus, promtool } from '../kit/prometheus.ts';
import { applyFields, callOld } from '../kit/old-clients.ts';
import { startProxiedWorld } from '../kit/proxied-world.ts';
import { configFile, ruleFiles } from './rule-files.ts';

const seriesAtMost = 2_000;
const names = Array.from({ length: 1_000 }, (_, index) => `account-${index}`);
const actions = ['apply', 'query', 'revoke'] as const;
const backends = ['legacy', 'gateway'] as const;
const codes = [200, 400, 407, 409, 410, 1, 2, 3, 'unreadable'] as const;
/** Every member of a union: one that is added, or missing here, does not compile. */
const every = <Member extends string>(members: Readonly<Record<Member, true>>) =>
  Object.keys(members) as Member[];
const outcomes = every<OutcomeClass>({
  ok: true,
  rejected: true,
  denied: true,
  throttled: true,
  fault: true,
});
const verdicts = every<SignatureAgreement>({ agree: true, proxy_rejects: true, legacy_rejects: true });
const reasons = every<DecisionReason>({
  weight: true,
  override: true,
  issuer: true,
  'no-record': true,
  'unknown-account': true,
  'only-backend': true,
  forced: true,
});

/** Of which an alert looks at single events: without a 0 before the first one, Prometheus would see no increase. */
const rare = [
  'token_proxy_config_reloads_total',
  'token_proxy_possibly_lost_tokens_total',
  'token_proxy_quota_held_back_total',
  'token_proxy_quota_refusals_total',
  'token_proxy_rollout_transitions_total',
  'token_proxy_shadow_total',
  'token_proxy_signature_agreement_total',
];

function sources(): MetricsSources {
  return {
    version: '0.1.0',
    inflight: () => 1,
    ledgerTokens: () => 1,
    storeUp: () => 1,
    storeErrors: () => 1,
    accountLabels: 20,
    quota: () => ({
      mode: quotaModes[0],
      budgets: actions.flatMap((action) => [
        { scope: 'address' as const, action, limit: 300, used: 1 },
        ...names.map((account) => ({ scope: 'account' as const, account, action, limit: 100, used: 1 })),
      ]),
      waiting: { apply: 1, query: 1, revoke: 1 },
    }),
    rollout: () => ({ state: 'progressing', step: 1 }),
    breakers: () =>
      backends.flatMap((backend) => actions.map((action) => ({ backend, action, state: breakerStates[0] }))),
  };
}

/** The metrics of a process in which everything has happened that can happen, to every account. */
async function everything(): Promise<string> {
  const registry = new Registry();
  const metrics = createMetrics(registry, sources());
  metrics.accountsConfigured(names);
  for (const account of names) happensTo(account, metrics);
  for (const backend of backends) happensAt(backend, metrics);
  for (const action of actions) happensWith(action, metrics);
  for (const how of ['live', 'shared'] as const) metrics.reused(how);
  for (const result of ['ok', 'refused'] as const) metrics.configReloaded(result, Date.now());
  for (let listener = 0; listener < 10; listener += 1)
    metrics.certificateLoaded(`listen[${listener}]`, Date.now());
  for (const result of shadowResultNames) metrics.shadowed(result);
  for (const state of rolloutStateNames) metrics.rolloutMoved(state);
  metrics.clockOffset(1);
  metrics.weightChanged(0.5);
  return registry.metrics();
}

function happensTo(account: string, metrics: Metrics): void {
  for (const operation of actions) {
    for (const backend of [...backends, 'none'] as const) {
      for (const outcome of outcomes) {
        for (const code of codes)
          metrics.answered({ operation, backend, account, outcome, code, durationMs: 5 });
      }
    }
  }
  for (const verdict of verdicts) metrics.signaturesCompared(account, verdict);
}

function happensAt(backend: (typeof backends)[number], metrics: Metrics): void {
  for (const reason of reasons) metrics.decided(backend, reason);
  for (const action of actions) {
    for (const outcome of outcomes) metrics.backendCalled({ backend, action, outcome, durationMs: 5 });
  }
  metrics.possiblyLost(backend);
}

function happensWith(action: (typeof actions)[number], metrics: Metrics): void {
  for (const outcome of outcomes) metrics.fellBack(action, outcome);
  for (const cause of ['unconnected', 'reused-connection'] as const) metrics.retried(action, cause);
  for (const scope of ['account', 'address'] as const) metrics.quotaNearlyUsed(scope, action);
  metrics.quotaWaited(action, 5);
  metrics.quotaRefused(action);
  metrics.quotaHeldBack(action);
}

const seriesIn = (text: string): readonly string[] => text.split('\n').filter((line) => /^[a-z]/.test(line));
const oursIn = (text: string): readonly string[] =>
  [...text.matchAll(/^# TYPE (token_proxy_\S+)/gm)].map(([, name = '']) => name);

describe('the metrics of one replica', () => {
  let all: string;
  let scraped = '';
  before(async () => {
    all = await everything();
  });

  it(`are fewer than ${seriesAtMost} series when everything has happened to 1,000 accounts`, () => {
    const series = seriesIn(all);
    assert.ok(series.length < seriesAtMost, `${series.length} series`);
    // Nothing was left out of the count: what is not labelled is there as `other`.
    assert.ok(series.some((line) => line.includes('account="other"')));
    assert.ok(series.some((line) => line.includes('account="account-19"')));
    assert.ok(!series.some((line) => line.includes('account="account-20"')));
    assert.deepEqual(
      oursIn(all).filter((name) => !series.some((line) => line.startsWith(name))),
      [],
      'not counted: nothing of that has happened here',
    );
  });

  it(`are fewer than ${seriesAtMost} series after calls of 1,000 accounts over real sockets`, async () => {
    const secret = 'sandboxSecret0123456789abcdefgh';
    const accounts = names.map((name): SandboxAccount => ({
      name,
      keys: [{ accessKey: `KEY-${name}`, secret }],
      instances: [`post-cn-${name}`],
    }));
    const rate = { apply: 100_000, query: 100_000, revoke: 100_000 };
    const world = await startProxiedWorld({
      sandbox: { accounts, limits: { gateway: { perAccount: null, perAddress: null } } },
      config: (sandbox) => ({
        accounts: accounts.map(({ name, instances }) => ({
          name,
          keys: [{ accessKey: `KEY-${name}`, secret: { env: 'SECRET' } }],
          instances,
        })),
        backends: {
          legacy: { url: sandbox.legacy.url },
          gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http' },
        },
        split: { gatewayPercent: 50 },
        limits: { perAccount: rate, perAddress: rate },
        deadline: '30s',
      }),
    });
    try {
      const apply = (name: string) =>
        callOld(world.url, '/token/apply', applyFields(`post-cn-${name}`), {
          accessKey: `KEY-${name}`,
          secret,
        });
      for (const some of chunks(names, 50)) await Promise.all(some.map(apply));
      scraped = await world.metrics();
      assert.ok(seriesIn(scraped).length < seriesAtMost, `${seriesIn(scraped).length} series`);
      assert.equal(await world.metric('token_proxy_ledger_tokens'), names.length);
    } finally {
      await world.close();
    }
  }).timeout(120_000);

  itPrometheus('have names and types that promtool check metrics accepts', () => {
    for (const text of [all, scraped]) {
      const { stdout, stderr } = promtool(['check', 'metrics'], text);
      const complaints = (stdout + stderr)
        .split('\n')
        .filter((line) => line !== '' && !ofPromClient.includes(line));
      assert.deepEqual(complaints, []);
    }
  });

  it('begin at 0 where an alert looks at single events', async () => {
    const registry = new Registry();
    createMetrics(registry, sources()).accountsConfigured(['shop']);
    const series = seriesIn(await registry.metrics());
    assert.deepEqual(
      rare.filter((name) => !series.some((line) => line.startsWith(`${name}{`) && line.endsWith(' 0'))),
      [],
    );
  });

  it('are all on the dashboard or in a rule, as far as they are ours', () => {
    const shown = ['grafana/dashboards/mqtt-token-proxy.json'].map(configFile).concat(ruleFiles);
    const looked = shown.map((file) => readFileSync(file, 'utf8')).join('\n');
    const ours = oursIn(all);
    assert.ok(ours.length > 20);
    assert.deepEqual(
      ours.filter((name) => !looked.includes(name)),
      [],
    );
  });
});

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

/** What promtool says about prom-client's own metrics of Node; their names are not ours to give. */
const ofPromClient = ['handles', 'requests', 'resources'].map(
  (what) => `nodejs_active_${what}_total non-counter metrics should not have "_total" suffix`,
);
