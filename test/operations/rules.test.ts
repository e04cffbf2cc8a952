// The rules for Prometheus by promtool: each alert fires when it should and is silent when it should be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describePrometheus, promtool } from '../kit/prometheus.ts';
import { alertCases, type AlertCase } from './alert-cases.ts';
import { configFile, readRules, ruleFiles, type Rule } from './rule-files.ts';

const rules = readRules();
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);

describePrometheus('the rules for Prometheus', () => {
  const files: string[] = [];
  let directory: string;
  /** Of all cases in one run: most of promtool's time goes by before the first. */
  let said: string;
  before(async function () {
    this.timeout(120_000);
    directory = await mkdtemp(join(tmpdir(), 'token-proxy-rules-'));
    for (const [index, example] of alertCases.entries()) {
      const [file, ruleFile] = [join(directory, `case-${index}.yaml`), `rules-${index}.yaml`];
      await writeFile(join(directory, ruleFile), stringify(onlyWhatMatters(example)));
      await writeFile(file, stringify(unitTest(example, ruleFile)));
      files.push(file);
    }
    said = promtool(['test', 'rules', ...files]).stdout;
  });
  after(() => rm(directory, { recursive: true }));

  it('pass promtool check rules', () => {
    const check = promtool(['check', 'rules', '--lint-fatal', ...ruleFiles]);
    assert.equal(check.status, 0, check.stdout + check.stderr);
  });

  for (const { alert } of alerts) {
    describe(alert, () => {
      for (const [index, example] of alertCases.entries()) {
        if (example.alert !== alert) continue;
        it(`${example.fires.length > 0 ? 'fires' : 'is silent'} when ${example.when}`, () => {
          const file = files[index] ?? '';
          if (said.includes(`${file}\n  SUCCESS`)) return;
          assert.fail(promtool(['test', 'rules', file]).stderr);
        });
      }
    });
  }
});

describe('every alert', () => {
  for (const { alert, labels, annotations = {} } of alerts) {
    it(`${alert} has cases in which it fires and others in which it is silent`, () => {
      const firing = alertCases
        .filter((example) => example.alert === alert)
        .map(({ fires }) => fires.length > 0);
      assert.deepEqual(new Set(firing), new Set([true, false]));
    });

    it(`${alert} says how grave it is, what is the case, and what to do`, () => {
      assert.ok(['critical', 'warning'].includes(labels?.['severity'] ?? ''));
      assert.deepEqual(Object.keys(annotations), ['summary', 'description', 'action']);
      assert.ok(Object.values(annotations).every((text) => text.length > 20));
    });

    it(`${alert} speaks only of labels that it has`, () => {
      const named = [
        ...Object.values(annotations)
          .join()
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label = '']) => label);
      for (const { fires } of alertCases.filter((example) => example.alert === alert)) {
        // An empty label is none; the account of an address budget is.
        for (const labelsThen of fires) {
          const has = [...Object.keys(labelsThen), ...(labelsThen['scope'] === 'address' ? ['account'] : [])];
          assert.deepEqual(
            named.filter((label) => !has.includes(label)),
            [],
          );
        }
      }
    });
  }

  it('is named in the README, and no other', () => {
    const readme = readFileSync(configFile('../README.md'), 'utf8');
    const [table = ''] = /^\| about .*\n(?:\|.*\n)+/m.exec(readme) ?? [];
    const named = [...table.matchAll(/`([A-Z]\w+)`/g)].map(([, name = '']) => `TokenProxy${name}`);
    assert.deepEqual(named.sort(), alerts.map(({ alert }) => alert).sort());
  });

  it('has the only cases: none is of an alert that does not exist', () => {
    const known = new Set(alerts.map(({ alert }) => alert));
    assert.deepEqual(
      alertCases.filter(({ alert }) => !known.has(alert)),
      [],
    );
  });
});

/** The alert and the recording rules that it looks at: all of them for each case would take promtool a minute. */
function onlyWhatMatters({ alert }: AlertCase): unknown {
  const rule = alerts.find((other) => other.alert === alert);
  const records = rules.filter(({ record }) => record !== undefined && rule?.expr.includes(record));
  return { groups: [{ name: 'case', rules: [...records, rule] }] };
}

/** A case as promtool wants it. What fires is read from the series that Prometheus keeps of it. */
function unitTest({ alert, series, at, fires }: AlertCase, ruleFile: string): unknown {
  const severity = alerts.find((rule) => rule.alert === alert)?.labels?.['severity'] ?? '';
  const named = { alertname: alert, alertstate: 'firing' };
  return {
    rule_files: [ruleFile],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: `ALERTS${selector(named)}`,
            eval_time: at,
            exp_samples: fires.map((labels) => ({
              labels: `ALERTS${selector({ ...named, severity, ...labels })}`,
              value: 1,
            })),
          },
        ],
      },
    ],
  };
}

function selector(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;
}
