// Everything that operators are given to look at, against a real Prometheus that scrapes two real proxies under load:
// every query of the dashboard and every rule finds what it asks for.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { describePrometheus, startPrometheus, type Prometheus, type Sample } from '../kit/prometheus.ts';
import { startBusyProxy, type BusyProxy, type CleanUps } from './busy-proxy.ts';
import { readDashboard, selectorsIn, substituted } from './checked-in.ts';
import { readRules, ruleFiles } from './rule-files.ts';

const job = 'token-proxy';
const chosen = { namespace: '.*', job, instance: '.*', __rate_interval: '15s', datasource: 'prometheus' };
/** How long a query may go without data before it is taken to have none. */
const patienceMs = 90_000;

describePrometheus('what Prometheus scrapes', function () {
  this.timeout(150_000);
  const dashboard = readDashboard();
  const rules = readRules();
  const cleanUps: CleanUps = [];
  let proxies: BusyProxy[];
  let prometheus: Prometheus;
  before(async () => {
    proxies = [await startBusyProxy(cleanUps), await startBusyProxy(cleanUps)];
    prometheus = await startPrometheus({
      targets: { [job]: proxies.map(({ target }) => target) },
      ruleFiles,
    });
    cleanUps.push(() => prometheus.stop());
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  /** Those of the queries for which no figure comes, given time. */
  const withoutData = async (queries: readonly string[]): Promise<string[]> => {
    let empty = [...new Set(queries)];
    for (const startMs = performance.now(); empty.length > 0 && performance.now() - startMs < patienceMs;) {
      const filled = await Promise.all(empty.map(async (query) => isFilled(await prometheus.query(query))));
      empty = empty.filter((_, index) => filled[index] === false);
      if (empty.length > 0) await pause(500);
    }
    return empty;
  };

  for (const { title, targets = [] } of dashboard.panels) {
    if (targets.length === 0) continue;
    it(`fills the panel "${title}"`, async () => {
      const queries = targets.map(({ expr }) => substituted(expr, chosen));
      // A query that says 0 for want of data would hide that there is none.
      assert.deepEqual(await withoutData([...queries, ...queries.flatMap(selectorsIn)]), []);
    });
  }

  for (const { name, expr } of dashboard.annotations.list) {
    it(`finds what is marked as "${name}"`, async () => {
      // So that there is something to mark.
      await Promise.all(proxies.map((proxy) => proxy.moveWeight(60)));
      assert.deepEqual(await withoutData([substituted(expr, chosen)]), []);
    });
  }

  it('finds the values of every variable of the dashboard', async () => {
    const found: Record<string, readonly string[]> = {};
    for (const { name, type, query } of dashboard.templating.list) {
      if (type !== 'query' || typeof query === 'string') continue;
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? [];
      found[name] = await prometheus.labelValues(label, substituted(selector, chosen));
    }
    const instances = proxies.map(({ target }) => target).sort();
    assert.deepEqual(found, { namespace: [], job: [job], instance: instances });
  });

  for (const { record, expr } of rules) {
    if (record === undefined) continue;
    it(`records ${record}`, async () => {
      assert.deepEqual(await withoutData([expr, record]), []);
    });
  }

  for (const { alert, expr } of rules) {
    if (alert === undefined) continue;
    it(`has the series that ${alert} looks at`, async () => {
      await prometheus.query(expr);
      assert.deepEqual(await withoutData(selectorsIn(expr)), []);
    });
  }

  it('evaluates every rule without an error', async () => {
    const states = await prometheus.rules();
    assert.equal(states.length, rules.length);
    assert.deepEqual(
      states.filter(({ health }) => health !== 'ok'),
      [],
    );
  });

  it('sees the fleet as one, whatever instance a series comes from', async () => {
    const [replicas] = await prometheus.query('job:token_proxy_replicas:count');
    assert.deepEqual(replicas, { labels: { __name__: 'job:token_proxy_replicas:count', job }, value: 2 });
  });
});

function isFilled(samples: readonly Sample[]): boolean {
  return samples.some(({ value }) => Number.isFinite(value));
}
