// config/compose.yaml and the files that it mounts. It is not run here: that takes Docker.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { itPrometheus, promtool } from '../kit/prometheus.ts';
import { configFile } from './rule-files.ts';
import { secondsToDrain } from './drain-time.ts';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly test: unknown };
  readonly stop_grace_period?: string;
}

const read = (path: string): unknown => parse(readFileSync(configFile(path), 'utf8'));

describe('config/compose.yaml', () => {
  const { services, volumes } = read('compose.yaml') as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const { proxy, redis, prometheus } = services;
  const all = Object.entries(services);

  it('follows the schema of Compose files and the rules of dclint', () => {
    const program = join(
      dirname(createRequire(import.meta.url).resolve('dclint/package.json')),
      'bin/dclint.cjs',
    );
    // The proxy comes first, since it is what this is about.
    const options = ['--disable-rule', 'services-alphabetical-order', '--max-warnings', '0'];
    const { status, stdout } = spawnSync(
      process.execPath,
      [program, ...options, configFile('compose.yaml')],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, stdout);
  });

  for (const [name, service] of all) {
    it(`has a health check for ${name}, and an image that does not change by itself`, () => {
      assert.ok(service.healthcheck !== undefined);
      if (service.build === undefined) assert.match(service.image ?? '', /:v?\d+\.\d+\.\d+/);
      else assert.ok(existsSync(configFile(`${service.build.context}/Dockerfile`)));
    });

    it(`finds every file that it mounts into ${name}`, () => {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        assert.ok(source.startsWith('./') ? existsSync(configFile(source)) : source in volumes, volume);
      }
    });

    it(`publishes of ${name} only what clients need beyond this machine`, () => {
      const open = (service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'));
      assert.deepEqual(open, name === 'proxy' ? ['0.0.0.0:8080:8080'] : []);
    });

    it(`holds no secret of ${name}: each comes from the environment and must be there`, () => {
      const secrets = Object.entries(service.environment ?? {}).filter(([key]) =>
        /SECRET|TOKEN|PASSWORD|URL/.test(key),
      );
      for (const [, value] of secrets) assert.match(value, /\$\{\w+:\?[^}]+\}/);
    });
  }

  it("mounts the directory of the proxy's configuration: of a single file, what an editor puts in its place is not seen", () => {
    assert.deepEqual(proxy?.volumes, ['./compose:/etc/token-proxy:ro']);
  });

  it('gives the proxy a configuration that it accepts, and every variable that this asks for', () => {
    const env = Object.fromEntries(
      Object.keys(proxy?.environment ?? {}).map((name) => [name, `redis://${name}`]),
    );
    const loaded = loadConfig(configFile('compose/proxy.yaml'), { env });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    loaded.secrets.close();
    assert.deepEqual(loaded.warnings, []);
    assert.equal(loaded.config.store.type, 'redis');
    assert.ok(Number.parseInt(proxy?.stop_grace_period ?? '', 10) >= secondsToDrain(loaded.config));
  });

  it('has Redis refuse rather than forget', () => {
    const command = redis?.command ?? [];
    assert.equal(command[command.indexOf('--maxmemory-policy') + 1], 'noeviction');
  });

  it('has Prometheus scrape the proxy and load every rule file', () => {
    const path = 'prometheus/prometheus.yaml';
    assert.ok(prometheus?.command?.includes(`--config.file=/etc/${path}`));
    const { scrape_configs: scrapes, rule_files: rules } = read(path) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      rule_files: string[];
    };
    assert.deepEqual(
      scrapes.flatMap(({ static_configs: found }) => found.flatMap(({ targets }) => targets)),
      ['proxy:9464'],
    );
    assert.deepEqual(rules, ['recording.yaml', 'alerts.yaml']);
  });

  itPrometheus('has a configuration of Prometheus that promtool accepts', () => {
    const { status, stderr } = promtool(['check', 'config', configFile('prometheus/prometheus.yaml')]);
    assert.equal(status, 0, stderr);
  });

  it('has Grafana find the data source and the dashboard', () => {
    const { datasources } = read('grafana/provisioning/datasources/prometheus.yaml') as {
      datasources: { url: string; jsonData: { timeInterval: string } }[];
    };
    assert.deepEqual(
      datasources.map(({ url }) => url),
      ['http://prometheus:9090'],
    );
    const { global } = read('prometheus/prometheus.yaml') as { global: { scrape_interval: string } };
    assert.equal(datasources[0]?.jsonData.timeInterval, global.scrape_interval);
    const { providers } = read('grafana/provisioning/dashboards/mqtt-token-proxy.yaml') as {
      providers: { options: { path: string } }[];
    };
    const [mounted] = (services['grafana']?.volumes ?? []).filter((volume) =>
      volume.includes('/dashboards:'),
    );
    assert.equal(mounted?.split(':')[1], providers[0]?.options.path);
  });
});
