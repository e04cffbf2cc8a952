// A real HAProxy as a sane operator would set it up: round robin, health checks, keep-alive on both sides, and retries
// only where no connection could be made. Under CI it must be there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fixedPort } from './ports.ts';

export interface BalancedServer {
  readonly name: string;
  readonly port: number;
}

export interface ServerState {
  /** `UP`, `DOWN`, `DOWN 1/2` and the like, as HAProxy writes it. */
  readonly status: string;
  /** Requests that it was given. */
  readonly requests: number;
  /** Requests that were tried again because no connection could be made. */
  readonly retries: number;
}

export interface Balancer {
  /** Where clients call. */
  readonly url: string;
  state(server: string): Promise<ServerState>;
  /** Resolves once HAProxy takes the server for up, or for down. */
  sees(server: string, status: 'UP' | 'DOWN'): Promise<void>;
  stop(): Promise<void>;
}

export function haproxyIsInstalled(): boolean {
  return spawnSync('haproxy', ['-v']).status === 0;
}

/** @param servers on this machine, asked for `/-/ready` twice a second */
export async function startHaproxy(servers: readonly BalancedServer[]): Promise<Balancer> {
  const [port, statsPort] = [await fixedPort(), await fixedPort()];
  const directory = await mkdtemp(join(tmpdir(), 'token-proxy-haproxy-'));
  const file = join(directory, 'haproxy.cfg');
  await writeFile(file, configuration(servers, port, statsPort));
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close');

  const rows = async (): Promise<Record<string, string>[]> => {
    const text = await (await fetch(`http://127.0.0.1:${statsPort}/;csv`)).text();
    const [head = '', ...lines] = text.trim().split('\n');
    const names = head.replace('# ', '').split(',');
    return lines.map((line) =>
      Object.fromEntries(line.split(',').map((value, at) => [names[at] ?? '', value])),
    );
  };
  const state = async (server: string): Promise<ServerState> => {
    const row = (await rows()).find(({ svname }) => svname === server);
    if (row === undefined) throw new Error(`HAProxy knows no server ${server}`);
    const { status = '', stot, wretr } = row;
    return { status, requests: Number(stot), retries: Number(wretr) };
  };
  const sees = async (server: string, status: 'UP' | 'DOWN'): Promise<void> => {
    // While it goes up or down HAProxy writes the checks beside it: `UP 1/2`.
    while ((await state(server)).status !== status) await pause(50);
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`haproxy ended:\n${said}`);
    if (await rows().then(Boolean, () => false)) break;
    await pause(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    sees,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function configuration(servers: readonly BalancedServer[], port: number, statsPort: number): string {
  return `
global
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 30s
  timeout http-keep-alive 60s
  timeout check 10s
  option redispatch
  retries 3
  retry-on conn-failure
frontend clients
  bind 127.0.0.1:${port}
  default_backend proxies
backend proxies
  balance roundrobin
  option httpchk GET /-/ready
  http-check expect status 200
  default-server check inter 500ms fastinter 200ms fall 3 rise 2
${servers.map(({ name, port: at }) => `  server ${name} 127.0.0.1:${at}`).join('\n')}
frontend stats
  bind 127.0.0.1:${statsPort}
  stats enable
  stats uri /
`;
}
