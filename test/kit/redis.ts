// A real redis-server on a free port of this machine, to be killed, restarted, frozen and stopped; and a cluster of three.
// Whether tests go without it where there is none is decided here, once.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixedPort } from './ports.ts';

const isHere = spawnSync('redis-server', ['--version']).status === 0;

/** Like `describe`, for tests that run a redis-server: without one they are left out, except under CI, where they fail. */
export function describeRedis(title: string, body: (this: Mocha.Suite) => void): void {
  if (isHere) describe(title, body);
  else if (process.env['CI'] === undefined) describe.skip(`${title} (left out: no redis-server here)`, body);
  else describe(title, () => it('needs redis-server', () => assert.fail('CI must have redis-server')));
}

export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `kill`; what it held in memory is gone. */
  start(): Promise<void>;
  /** Freezes the process: connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * @param options further arguments of redis-server, such as `--requirepass x`; `{port}` stands for the port
 * @param first what must come before all others, such as a configuration file
 */
export async function startRedis(
  options: readonly string[] = [],
  first: readonly string[] = [],
): Promise<RedisServer> {
  // The servers of a cluster speak to each other at a port 10,000 higher.
  const port = await fixedPort(10_000);
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-redis-'));
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const listens = options.includes('--tls-port') ? ['--port', '0'] : ['--port', String(port)];
    const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
    const chosen = options.map((option) => (option === '{port}' ? String(port) : option));
    const started = spawn('redis-server', [...first, ...listens, ...quiet, ...chosen], { stdio: 'ignore' });
    child = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    await accepting(port, () => started.exitCode);
  };
  const kill = async (): Promise<void> => {
    const former = child;
    if (former === undefined || former.exitCode !== null || former.signalCode !== null) return;
    const ended = once(former, 'exit');
    former.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** Sends a command to one of the servers, and gives its answer as redis-cli prints it. */
  cli(node: RedisServer | undefined, ...command: string[]): string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly password?: string;
  /** Servers beside the three, first in the list, that belong to the cluster and are in charge of no keys. */
  readonly idle?: number;
}

/** Three servers that share the keys, without replicas. Resolves when all of them agree on who has what. */
export async function startRedisCluster({ password, idle = 0 }: ClusterOptions = {}): Promise<RedisCluster> {
  const secured = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', ...secured];
  const starts = await Promise.allSettled(Array.from({ length: idle + 3 }, () => startRedis(options)));
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    // They would keep the run of tests from ending.
    await Promise.all(nodes.map((node) => node.stop()));
    throw failed.reason;
  }
  const env = { ...process.env, ...(password !== undefined && { REDISCLI_AUTH: password }) };
  const cli: RedisCluster['cli'] = (node, ...command) =>
    spawnSync('redis-cli', ['-p', String(node?.port), ...command], { encoding: 'utf8', env }).stdout;

  const slots = 16_384;
  const [first] = nodes;
  for (const [index, node] of nodes.entries()) {
    const from = Math.ceil(((index - idle) * slots) / 3);
    const to = Math.ceil(((index - idle + 1) * slots) / 3) - 1;
    if (index >= idle) cli(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    // Two servers of one epoch would first have to settle which is the newer.
    cli(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (node !== first) cli(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first?.port));
  }
  const isReady = (node: RedisServer) => {
    const info = cli(node, 'CLUSTER', 'INFO');
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
  };
  while (!nodes.every(isReady)) await sleep(50);
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  return { nodes, cli, stop };
}

async function accepting(port: number, exitCode: () => number | null): Promise<void> {
  for (;;) {
    if (exitCode() !== null) throw new Error(`redis-server ended with ${String(exitCode())}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
