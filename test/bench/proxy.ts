// The proxy as it is deployed: `serve` from `dist`, everything on, its log in a file.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fixedPort } from '../kit/ports.ts';
import { adopted } from './processes.ts';
import type { BenchAccount } from './requests.ts';

export interface Backends {
  /** Ports on 127.0.0.1. */
  readonly oldService: number;
  readonly gateway: number;
}

export interface MeasuredProxy {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly adminPort: number;
  /** From its start to the first answer, ms. */
  readonly startMs: number;
}

export type Document = Readonly<Record<string, unknown>>;

/** Quotas that are kept and counted, but never reached. */
const unreached = { apply: 1_000_000, query: 1_000_000, revoke: 1_000_000 };

/** Everything on, as by default; `sections` replaces sections of it. */
export function benchDocument(
  accounts: readonly BenchAccount[],
  { oldService, gateway }: Backends,
  sections: Document = {},
): Document {
  return {
    accounts: accounts.map(({ name, accessKey, secret, instances }) => ({
      name,
      keys: [{ accessKey, secret }],
      instances,
    })),
    backends: {
      legacy: { url: `http://127.0.0.1:${oldService}` },
      gateway: { endpoint: `127.0.0.1:${gateway}`, protocol: 'http' },
    },
    limits: { perAccount: unreached, perAddress: unreached },
    store: { type: 'lmdb', path: 'data' },
    log: { level: 'info', format: 'json' },
    ...sections,
  };
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** @param name of its own directory, which is made where it is missing */
export async function startProxy(
  directory: string,
  name: string,
  document: Document,
  nodeOptions: readonly string[] = [],
): Promise<MeasuredProxy> {
  const home = join(directory, name);
  mkdirSync(home, { recursive: true });
  const [port, adminPort] = [await fixedPort(), await fixedPort()];
  const file = join(home, 'proxy.yaml');
  const listeners = { listen: { host: '127.0.0.1', port }, admin: { host: '127.0.0.1', port: adminPort } };
  writeFileSync(file, JSON.stringify({ ...listeners, ...document }));
  const log = openSync(join(home, 'proxy.log'), 'a');
  const startedMs = performance.now();
  const child = adopted(
    spawn(process.execPath, [...nodeOptions, main, 'serve', '--config', file], {
      cwd: home,
      stdio: ['ignore', log, log],
      env: { ...process.env, ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' },
    }),
  );
  closeSync(log);
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(readFileSync(join(home, 'proxy.log'), 'utf8'));
    await pause(5);
  }
  return { child, port, adminPort, pid: child.pid ?? 0, startMs: performance.now() - startedMs };
}

const isReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/-/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );
