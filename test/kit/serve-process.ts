// The real `serve` command in a process of its own, in front of a sandbox, with its configuration in a file that a test
// may change. What it prints is in `program`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../src/sandbox/world.ts';
import { runProgram, type RunningProgram } from './program.ts';
import type { ConfigDocument } from './proxied-world.ts';

export interface ServeProcess {
  readonly program: RunningProgram;
  /** Base addresses of the public listeners, without a scheme. */
  readonly listeners: readonly string[];
  /** Base address of the first public listener. */
  readonly url: string;
  readonly admin: string;
  /** The value of one series of /metrics, 0 when it does not exist. */
  metric(series: string): Promise<number>;
  /** Rewrites the file, sends SIGHUP and resolves once the new configuration is in force. */
  reload(document: ConfigDocument): Promise<void>;
  /** Kills it, where it still runs, and removes its file. */
  end(): Promise<void>;
}

/** Both backends of a sandbox, its one account, free ports, nothing kept; `document` replaces sections of that. */
export function serveDocument(sandbox: Sandbox, document: ConfigDocument = {}): ConfigDocument {
  const { accessKey, secret, instanceId } = sandbox;
  return {
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    accounts: [{ name: 'shop', keys: [{ accessKey, secret }], instances: [instanceId] }],
    backends: {
      legacy: { url: sandbox.legacy.url },
      gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http' },
    },
    store: { type: 'memory' },
    ...document,
  };
}

/** Sections for tests under load: a machine that is busy with other things makes calls slow then, not failed. */
export function patient(sandbox: Sandbox): ConfigDocument {
  return {
    deadline: '25s',
    backends: {
      legacy: { url: sandbox.legacy.url, timeout: '20s' },
      gateway: { endpoint: sandbox.gateway.endpoint, protocol: 'http', timeout: '20s' },
    },
  };
}

/** Resolves once it is ready. @param document all of the configuration */
export async function startServe(document: ConfigDocument): Promise<ServeProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-serve-'));
  const file = join(directory, 'proxy.yaml');
  const write = (content: ConfigDocument) => writeFile(file, JSON.stringify(content));
  await write(document);
  const program = runProgram(['serve', '--config', file]);
  await program.says(/admin listening; ready/);
  const lines = program.stdout().trim().split('\n');
  const heard = lines.map((line) => JSON.parse(line) as { msg: string; port?: number });
  const portsOf = (pattern: RegExp) =>
    heard.filter(({ msg }) => pattern.test(msg)).map(({ port = 0 }) => port);
  const listeners = portsOf(/^listening/).map((port) => `127.0.0.1:${port}`);
  const admin = `http://127.0.0.1:${portsOf(/^admin listening/)[0] ?? 0}`;

  const metric = async (series: string): Promise<number> => {
    const text = await (await fetch(`${admin}/metrics`)).text();
    const found = text.split('\n').find((line) => line.startsWith(`${series} `));
    return Number(found?.slice(series.length) ?? 0);
  };
  const reloads = () => metric('token_proxy_config_reloads_total{result="ok"}');
  return {
    program,
    listeners,
    url: `http://${listeners[0] ?? ''}`,
    admin,
    metric,
    reload: async (next) => {
      const before = await reloads();
      await write(next);
      program.child.kill('SIGHUP');
      while ((await reloads()) === before) await pause(20);
    },
    end: async () => {
      program.child.kill('SIGKILL');
      await program.ended;
      await rm(directory, { recursive: true });
    },
  };
}
