// The sandbox's emulated services with a real proxy in front, in this process, over real sockets on free ports.
import { Writable } from 'node:stream';
import { logTo } from '../../src/app/log.ts';
import { startProxy, type RunningProxy } from '../../src/app/proxy.ts';
import type { Config } from '../../src/config/config.ts';
import { configFromDocument } from '../../src/config/load.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/world.ts';

/** Sections of a configuration document, laid over the default one. */
export type ConfigDocument = Readonly<Record<string, unknown>>;

export interface ProxiedWorld {
  readonly sandbox: Sandbox;
  readonly proxy: RunningProxy;
  /** Base address of the proxy's first public listener. */
  readonly url: string;
  /** Base address of the admin listener. */
  readonly admin: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly instanceId: string;
  /** Every log line so far, as text. */
  readonly logged: () => string;
  /** Log lines of answered calls. */
  readonly calls: () => Record<string, unknown>[];
  /** The text of /metrics. */
  readonly metrics: () => Promise<string>;
  /** The value of one series, 0 when it does not exist. */
  readonly metric: (series: string) => Promise<number>;
  readonly configure: (document: ConfigDocument) => Config;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  readonly sandbox?: SandboxOptions;
  /** Sections that replace the default ones. */
  readonly config?: (sandbox: Sandbox) => ConfigDocument;
  readonly now?: () => number;
}

export async function startProxiedWorld(options: WorldOptions = {}): Promise<ProxiedWorld> {
  const sandbox = await startSandbox(options.sandbox);
  const { accessKey, secret, instanceId } = sandbox;
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const configure = (document: ConfigDocument): Config => {
    const built = configFromDocument(
      {
        listen: { host: '127.0.0.1', port: 0 },
        admin: { host: '127.0.0.1', port: 0 },
        accounts: [
          {
            name: 'shop',
            keys: [{ accessKey, secret: { env: 'SECRET' } }],
            instances: [...(sandbox.accounts[0]?.instances ?? [])],
          },
        ],
        backends: { gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http' } },
        store: { type: 'memory' },
        ...document,
      },
      { env: { SECRET: secret } },
    );
    if (!built.ok) throw new Error(JSON.stringify(built.mistakes));
    return built.config;
  };
  const proxy = await startProxy({
    config: configure(options.config?.(sandbox) ?? {}),
    log: logTo(stream, 'debug'),
    version: '0.0.0-test',
    idleGraceMs: 0,
    ...(options.now && { now: options.now }),
  });
  const admin = `http://127.0.0.1:${proxy.adminAddress.port}`;
  const metrics = async () => (await fetch(`${admin}/metrics`)).text();
  return {
    sandbox,
    proxy,
    url: `http://127.0.0.1:${proxy.addresses[0]?.port ?? 0}`,
    admin,
    accessKey,
    secret,
    instanceId,
    logged: () => lines.join(''),
    calls: () =>
      lines.map((text) => JSON.parse(text) as Record<string, unknown>).filter(({ msg }) => msg === 'call'),
    metrics,
    metric: async (series) => {
      const found = (await metrics()).split('\n').find((text) => text.startsWith(`${series} `));
      return Number(found?.slice(series.length) ?? 0);
    },
    configure,
    close: async () => {
      await proxy.stop();
      await sandbox.close();
    },
  };
}
