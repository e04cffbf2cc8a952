// Gauges that show a state as it is when they are scraped: budgets and queues towards the gateway, breakers, the
// rollout. They keep nothing; the figures are asked for each time.
import { Gauge, type Registry } from 'prom-client';
import {
  breakerStates,
  quotaModes,
  rolloutStateNames,
  type MetricsSources,
  type QuotaFigures,
} from './metrics.ts';

/** @param labelOf the label of an account: its name, or `other` */
export function registerStateGauges(
  registry: Registry,
  { quota, breakers, rollout }: Pick<MetricsSources, 'quota' | 'breakers' | 'rollout'>,
  labelOf: (account: string | undefined) => string,
): void {
  const registers = [registry];
  new Gauge({
    name: 'token_proxy_quota_used_ratio',
    help: 'Calls of the last second, and those about to leave, of what a budget towards the gateway allows.',
    labelNames: ['scope', 'account', 'action'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, ratio } of usedRatios(quota(), labelOf)) this.set(labels, ratio);
    },
  });
  new Gauge({
    name: 'token_proxy_quota_queue_length',
    help: 'Calls that wait for their turn at the gateway.',
    labelNames: ['action'] as const,
    registers,
    collect() {
      for (const [action, calls] of Object.entries(quota().waiting)) this.set({ action }, calls);
    },
  });
  new Gauge({
    name: 'token_proxy_quota_mode',
    help: "Whose budgets are in force: this replica's own, the fleet's shared ones, its share of them, or none for now.",
    labelNames: ['mode'] as const,
    registers,
    collect() {
      const now = quota().mode;
      for (const mode of quotaModes) this.set({ mode }, mode === now ? 1 : 0);
    },
  });
  new Gauge({
    name: 'token_proxy_circuit_breaker_state',
    help: 'Whether the circuit breaker of a backend and action is in a state.',
    labelNames: ['backend', 'action', 'state'] as const,
    registers,
    collect() {
      for (const { backend, action, state: now } of breakers()) {
        for (const state of breakerStates) this.set({ backend, action, state }, state === now ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'token_proxy_rollout_state',
    help: 'Whether the rollout is in a state.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const now = rollout().state;
      for (const state of rolloutStateNames) this.set({ state }, state === now ? 1 : 0);
    },
  });
  new Gauge({
    name: 'token_proxy_rollout_step',
    help: 'Step that the rollout is at or has come to, counted from 1; 0 before the first rollout.',
    registers,
    collect() {
      this.set((rollout().step ?? -1) + 1);
    },
  });
}

interface UsedRatio {
  readonly labels: { readonly scope: string; readonly account: string; readonly action: string };
  readonly ratio: number;
}

/** Of several accounts under one label, the one that has used most. */
function usedRatios(
  { budgets }: QuotaFigures,
  labelOf: (account: string | undefined) => string,
): UsedRatio[] {
  const highest = new Map<string, UsedRatio>();
  for (const { scope, account, action, limit, used } of budgets) {
    const label = scope === 'address' ? '' : labelOf(account);
    const ratio = limit > 0 ? used / limit : 0;
    const key = `${scope} ${action} ${label}`;
    if (ratio < (highest.get(key)?.ratio ?? 0)) continue;
    highest.set(key, { labels: { scope, account: label, action }, ratio });
  }
  return [...highest.values()];
}
