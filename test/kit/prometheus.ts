// A real Prometheus on a free port of this machine, and promtool (Debian: prometheus). Whether tests go without them where
// there are none is decided here, once.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { fixedPort } from './ports.ts';

const isHere = ['prometheus', 'promtool'].every((program) => spawnSync(program, ['--version']).status === 0);
const leftOut = '(left out: no prometheus here)';
const failUnderCi = (): void => assert.fail('CI must have prometheus and promtool');

/** Like `describe`, for tests that run them: without they are left out, except under CI, where they fail. */
export function describePrometheus(title: string, body: (this: Mocha.Suite) => void): void {
  if (isHere) describe(title, body);
  else if (process.env['CI'] === undefined) describe.skip(`${title} ${leftOut}`, body);
  else describe(title, () => it('needs prometheus', failUnderCi));
}

/** The same for one test. */
export function itPrometheus(title: string, body: () => void | Promise<void>): void {
  if (isHere) it(title, body);
  else if (process.env['CI'] === undefined) it.skip(`${title} ${leftOut}`, body);
  else it(title, failUnderCi);
}

/** One series of an instant query's result. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface Prometheus {
  /** Evaluates now. Rejects, with what Prometheus says, when the query is not valid. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Values of a label among the series that a selector matches. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  /** All rules that it has loaded. */
  rules(): Promise<readonly RuleState[]>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Job name to the `host:port` of its targets. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths. */
  readonly ruleFiles?: readonly string[];
}

export interface PromtoolResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input for its standard input */
export function promtool(args: readonly string[], input = ''): PromtoolResult {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Scrapes its targets and evaluates its rules once a second. Resolves when it answers queries. */
export async function startPrometheus({ targets, ruleFiles = [] }: PrometheusOptions): Promise<Prometheus> {
  const port = await fixedPort();
  const url = `http://127.0.0.1:${port}`;
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-prometheus-'));
  const file = join(directory, 'prometheus.yml');
  await writeFile(file, stringify(configuration(targets, ruleFiles)));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');

  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${answer.error ?? ''}`);
    return answer.data;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true });
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`prometheus ended:\n${said}`);
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await pause(50);
  }
  return {
    query: async (expr) => {
      const data = (await ask('query', { query: expr })) as QueryData;
      // A scalar has no labels and is one value.
      if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    labelValues: async (label, selector) =>
      (await ask(`label/${label}/values`, { 'match[]': selector })) as string[],
    rules: async () =>
      ((await ask('rules')) as { groups: { rules: RuleState[] }[] }).groups.flatMap(({ rules }) => rules),
    stop,
  };
}

type QueryData =
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | {
      readonly resultType: 'vector';
      readonly result: readonly {
        readonly metric: Record<string, string>;
        readonly value: [number, string];
      }[];
    };

function configuration(targets: PrometheusOptions['targets'], ruleFiles: readonly string[]): unknown {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([name, addresses]) => ({
      job_name: name,
      static_configs: [{ targets: addresses }],
    })),
  };
}
