// The emulated services as the soak handles them: their addresses, their faults, and what they saw.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import type { GatewayStats } from '../../src/sandbox/gateway-emulator.ts';
import type { LegacyStats } from '../../src/sandbox/legacy-emulator.ts';

export interface Service<Stats> {
  readonly url: string;
  /** Replaces what is in force; none: all is well. */
  setFaults(rules: readonly FaultRule[]): Promise<void>;
  stats(): Promise<Stats>;
}

export interface Services {
  readonly legacy: Service<LegacyStats>;
  readonly gateway: Service<GatewayStats>;
  /** `host:port` of the gateway. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('services.program.ts', import.meta.url));

export async function startServices(): Promise<Services> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('the emulated services ended'))),
  ])) as [string];
  const { legacy, gateway, endpoint } = JSON.parse(line) as Record<'legacy' | 'gateway' | 'endpoint', string>;
  return {
    legacy: service<LegacyStats>(legacy),
    gateway: service<GatewayStats>(gateway),
    endpoint,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

function service<Stats>(url: string): Service<Stats> {
  return {
    url,
    setFaults: async (rules) => {
      const answer = await fetch(`${url}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify(rules) });
      if (!answer.ok) throw new Error(`the faults were refused: ${await answer.text()}`);
    },
    stats: async () => (await (await fetch(`${url}/_sandbox/stats`)).json()) as Stats,
  };
}
