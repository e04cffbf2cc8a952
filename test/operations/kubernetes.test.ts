// config/kubernetes: by the schemas of Kubernetes and of the Prometheus Operator, and file against file. It is not run
// here: that takes a cluster.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig, type LoadedConfig } from '../../src/config/load.ts';
import { secondsToDrain } from './drain-time.ts';
import { mistakesIn } from './kubernetes-schema.ts';
import { configFile, ruleFiles } from './rule-files.ts';

type Labels = Readonly<Record<string, string>>;

interface Port {
  readonly name: string;
  readonly containerPort?: number;
  readonly targetPort?: string;
}

interface Document {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly spec: never;
  readonly data?: Labels;
}

interface Selector {
  readonly matchLabels: Labels;
}

/** What of each kind is looked at here; that it is whole, the schemas say. */
interface Specs {
  readonly Deployment: DeploymentSpec;
  readonly Service: { readonly selector: Labels; readonly ports: readonly Port[] };
  readonly PodDisruptionBudget: { readonly selector: Selector };
  readonly NetworkPolicy: {
    readonly podSelector: Selector;
    readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
  };
  readonly ServiceMonitor: {
    readonly jobLabel: string;
    readonly selector: Selector;
    readonly endpoints: readonly { readonly port: string; readonly path: string }[];
  };
}

interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: Selector;
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly topologySpreadConstraints: readonly { readonly labelSelector: Selector }[];
  readonly containers: readonly [Container];
  readonly volumes: readonly [
    {
      readonly projected: {
        readonly sources: readonly {
          readonly configMap?: { readonly name: string };
          readonly secret?: { readonly items: readonly { readonly path: string }[] };
        }[];
      };
    },
  ];
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly Port[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly [{ readonly mountPath: string }];
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

const folder = configFile('kubernetes');
const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml');
const kustomization = readFileSync(join(folder, 'kustomization.yaml'), 'utf8');
const documentsOf = (file: string) =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as Document);
const documents = files.flatMap(documentsOf);

describe('config/kubernetes', () => {
  const deployment = theOnly('Deployment');
  const pod = deployment.template.spec;
  const [container] = pod.containers;

  for (const file of files) {
    it(`follows the schemas of Kubernetes in ${file}`, () => {
      for (const document of documentsOf(file)) assert.deepEqual(mistakesIn(document), []);
    });
  }

  it('would be told of a slip in a name, in a type, and of something missing', () => {
    const text = readFileSync(join(folder, 'deployment.yaml'), 'utf8');
    const said = (right: string, wrong: string) => mistakesIn(parse(text.replace(right, wrong)));
    assert.deepEqual(said('readinessProbe:', 'readinesProbe:'), [
      '/spec/template/spec/containers/0/readinesProbe is not known to Kubernetes',
    ]);
    assert.match(said('replicas: 3', 'replicas: three').join(), /spec\/replicas.*integer/);
    assert.match(said('  selector:', '  select:').join(), /selector/);
  });

  it('names every file in its kustomization, and only those, and the image of this version', () => {
    const { resources, images } = parse(kustomization) as {
      resources: readonly string[];
      images: readonly { name: string; newTag: string }[];
    };
    assert.deepEqual([...resources].sort(), [...files].sort());
    const { version } = JSON.parse(readFileSync(configFile('../package.json'), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(
      images.map(({ name, newTag }) => [name, newTag]),
      [[container.image, version]],
    );
  });

  it('has a configuration that the proxy accepts without a warning, secrets where the pod has them', () => {
    withConfiguration(pod, ({ config, warnings }) => {
      assert.deepEqual(warnings, []);
      assert.equal(config.store.type, 'redis');
      assert.deepEqual(
        config.listen.map(({ port }) => port),
        portsNamed('http'),
      );
      assert.deepEqual([config.admin.port], portsNamed('admin'));
      assert.equal(config.limits.replicas, deployment.replicas);
    });
    const [{ mountPath }] = container.volumeMounts;
    assert.deepEqual(container.args, ['serve', '--config', `${mountPath}/proxy.yaml`]);
  });

  it('leaves a pod the time to drain, and no more than it needs', () => {
    withConfiguration(pod, ({ config }) => {
      const spare = pod.terminationGracePeriodSeconds - secondsToDrain(config);
      assert.ok(spare >= 0 && spare < 1, String(spare));
    });
  });

  it('asks the public listener whether it is ready, and whether it is alive', () => {
    assert.deepEqual(container.readinessProbe.httpGet, { path: '/-/ready', port: 'http' });
    assert.deepEqual(container.livenessProbe.httpGet, { path: '/-/healthy', port: 'http' });
  });

  it('runs with the least rights', () => {
    assert.equal(pod.securityContext['runAsNonRoot'], true);
    assert.deepEqual(pod.securityContext['seccompProfile'], { type: 'RuntimeDefault' });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('selects the pods of the deployment wherever it selects pods', () => {
    const labels = deployment.template.metadata.labels;
    const selected = [
      deployment.selector.matchLabels,
      theOnly('PodDisruptionBudget').selector.matchLabels,
      theOnly('NetworkPolicy').podSelector.matchLabels,
      ...all('Service').map(({ selector }) => selector),
      ...pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
    ];
    for (const selector of selected) assert.deepEqual(selector, labels);
  });

  it('has each port that a service or the network policy speaks of, and the service that Prometheus looks for', () => {
    const names = container.ports.map(({ name }) => name);
    for (const { ports } of all('Service')) {
      for (const { targetPort } of ports) assert.ok(names.includes(targetPort ?? ''));
    }
    const { ingress } = theOnly('NetworkPolicy');
    assert.deepEqual(
      ingress.flatMap(({ ports }) => ports.map(({ port }) => port)),
      names,
    );
    const monitor = theOnly('ServiceMonitor');
    const services = documents.filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        Object.entries(monitor.selector.matchLabels).every(
          ([name, value]) => metadata.labels[name] === value,
        ),
    );
    assert.deepEqual(
      services.map(({ metadata }) => metadata.name),
      ['token-proxy-admin'],
    );
    assert.ok(monitor.jobLabel in (services[0]?.metadata.labels ?? {}));
    assert.deepEqual(
      monitor.endpoints.map(({ port, path }) => [port, path]),
      [['admin', '/metrics']],
    );
  });

  it('takes the rules for Prometheus over as its kustomization says', () => {
    const [recipe = ''] = /^# +\{ printf(?:.*\n)+?.*kubectl apply --filename -/m.exec(kustomization) ?? [];
    const commands = recipe.replaceAll(/^#/gm, '');
    for (const file of ruleFiles) {
      const thisFile = commands.replace('config/prometheus/alerts.yaml', file);
      const { stdout } = spawnSync('sh', ['-c', `kubectl() { cat; }\n${thisFile}`], { encoding: 'utf8' });
      const rule = parse(stdout) as { readonly kind: string; readonly spec: unknown };
      assert.equal(rule.kind, 'PrometheusRule');
      assert.deepEqual(rule.spec, parse(readFileSync(file, 'utf8')));
      assert.deepEqual(mistakesIn(rule), []);
    }
  });

  function portsNamed(wanted: string): number[] {
    return container.ports.flatMap(({ name, containerPort = [] }) => (name === wanted ? containerPort : []));
  }
});

/** The specs of a kind, in the order of the files. */
function all<Kind extends keyof Specs>(kind: Kind): readonly Specs[Kind][] {
  return documents.filter((document) => document.kind === kind).map(({ spec }) => spec);
}

function theOnly<Kind extends keyof Specs>(kind: Kind): Specs[Kind] {
  const [spec, ...others] = all(kind);
  assert.ok(spec !== undefined && others.length === 0);
  return spec;
}

/** The configuration as the pod finds it: the file of the ConfigMap and, beside it, those of the Secret. */
function withConfiguration(pod: PodSpec, look: (loaded: LoadedConfig) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'token-proxy-kubernetes-'));
  try {
    const { sources } = pod.volumes[0].projected;
    const maps = documents.filter(({ metadata }) =>
      sources.some(({ configMap }) => isDeepStrictEqual(configMap, { name: metadata.name })),
    );
    const texts = Object.entries(maps.find(({ kind }) => kind === 'ConfigMap')?.data ?? {});
    const secrets = sources
      .flatMap(({ secret }) => secret?.items ?? [])
      .map(({ path }) => [path, `rediss://${path}`] as const);
    for (const [path, text] of [...texts, ...secrets]) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const loaded = loadConfig(join(directory, 'proxy.yaml'), { env: {} });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    loaded.secrets.close();
    look(loaded);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
