// The real `serve` command under soak: its configuration file, its log as it comes, its metrics, its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CallLines } from './call-lines.ts';
import { readSeries, type Scrape } from './series.ts';

export interface ProxyProcess {
  /** Base addresses. */
  readonly url: string;
  readonly admin: string;
  scrape(): Promise<Scrape>;
  /** Rewrites the file, sends SIGHUP and resolves once the log tells what became of it. */
  reload(content: string): Promise<void>;
  /** @returns the HTTP status of the answer */
  setWeight(gatewayPercent: number): Promise<number>;
  /** Rejects when it ends without having been asked to. */
  readonly crashed: Promise<never>;
  /** SIGTERM. @returns the exit code; null when a signal ended it */
  stop(): Promise<number | null>;
  /** Kills it where it still runs. */
  kill(): Promise<unknown>;
}

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const verdicts = ['configuration reloaded', 'configuration refused, the running one stays'] as const;

/** @param content of the configuration file, which stands in `directory` */
export async function startProxyProcess(
  directory: string,
  content: string,
  lines: CallLines,
): Promise<ProxyProcess> {
  const file = join(directory, 'proxy.yaml');
  await writeFile(file, content);
  const child = spawn(process.execPath, [main, 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ports: number[] = [];
  const reader = createInterface(child.stdout);
  const ready = new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.read(line);
      const found = ports.length < 2 ? /"port":(\d+).*"msg":"(?:admin )?listening/.exec(line) : null;
      if (found !== null && ports.push(Number(found[1])) === 2) resolve();
    });
  });
  await Promise.race([
    ready,
    ended.then((code) =>
      Promise.reject(new Error(`serve ended with ${String(code)}:\n${lines.last().join('\n')}`)),
    ),
  ]);
  const [url = '', admin = ''] = ports.map((port) => `http://127.0.0.1:${port}`);
  let asked = false;
  const crashed = ended.then((code) =>
    asked
      ? new Promise<never>(() => undefined)
      : Promise.reject(new Error(`serve ended with ${String(code)}`)),
  );
  crashed.catch(() => undefined);
  const reloads = () => verdicts.reduce((sum, verdict) => sum + lines.messages.get(verdict), 0);
  return {
    url,
    admin,
    scrape: async () => readSeries(await (await fetch(`${admin}/metrics`)).text()),
    reload: async (next) => {
      const before = reloads();
      await writeFile(file, next);
      child.kill('SIGHUP');
      while (reloads() === before && child.exitCode === null) await pause(20);
    },
    setWeight: async (gatewayPercent) => {
      const order = { method: 'PUT', headers: { 'Content-Type': 'application/json' } };
      const body = JSON.stringify({ gatewayPercent, reason: 'soak' });
      const answer = await fetch(`${admin}/api/split`, { ...order, body });
      await answer.text();
      return answer.status;
    },
    crashed,
    stop: () => {
      asked = true;
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => {
      asked = true;
      child.kill('SIGKILL');
      return ended;
    },
  };
}
