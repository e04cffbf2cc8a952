// Counts with prom-client what metrics.ts names.
import type { Registry } from 'prom-client';
import { callCells } from './call-cells.ts';
import { showRareEvents, showVerdicts } from './from-zero.ts';
import { registerInstruments } from './instruments.ts';
import { registerStateGauges } from './state-gauges.ts';
import type { Metrics, MetricsSources } from './metrics.ts';

/** @param registry gets all instruments */
export function createMetrics(registry: Registry, sources: MetricsSources): Metrics {
  const on = registerInstruments(registry, sources);
  showRareEvents(on);
  registerStateGauges(registry, sources, (account) => labelOf(account));
  let labelled: ReadonlySet<string> = new Set();
  const labelOf = (account: string | undefined): string =>
    account !== undefined && labelled.has(account) ? account : 'other';
  const cells = callCells(on);
  return {
    answered({ operation, backend, account, outcome, code, durationMs }) {
      const cell = cells.answer(labelOf(account), operation, backend, outcome, code);
      cell.requests.count += 1;
      cell.answers.count += 1;
      cell.duration.observe(durationMs / 1000);
    },
    decided(backend, reason) {
      cells.decision(backend, reason).count += 1;
    },
    backendCalled({ backend, action, outcome, durationMs }) {
      const cell = cells.backendCall(backend, action, outcome);
      cell.calls.count += 1;
      cell.duration.observe(durationMs / 1000);
    },
    fellBack(action, cause) {
      on.fallbacks.inc({ action, cause });
    },
    retried(action, cause) {
      on.retries.inc({ action, cause });
    },
    reused(how) {
      cells.reused(how).count += 1;
    },
    quotaWaited(action, ms) {
      cells.quotaWait(action).observe(ms / 1000);
    },
    quotaRefused(action) {
      on.quotaRefusals.inc({ action });
    },
    quotaNearlyUsed(scope, action) {
      on.quotaNearlyUsed.inc({ scope, action });
    },
    quotaHeldBack(action) {
      on.quotaHeldBack.inc({ action });
    },
    possiblyLost(backend) {
      on.lost.inc({ backend });
    },
    rolloutMoved(state) {
      on.rolloutMoves.inc({ state });
    },
    signaturesCompared(account, verdict) {
      on.agreement.inc({ account: labelOf(account), verdict });
    },
    shadowed(result) {
      on.shadow.inc({ result });
    },
    clockOffset(seconds) {
      on.clockOffset.set(seconds);
    },
    weightChanged(gatewayRatio) {
      on.weight.set({ backend: 'gateway' }, gatewayRatio);
      on.weight.set({ backend: 'legacy' }, 1 - gatewayRatio);
    },
    configReloaded(result, nowMs) {
      on.reloads.inc({ result });
      on.reloadOk.set(result === 'ok' ? 1 : 0);
      if (result === 'ok') on.reloadAt.set(nowMs / 1000);
    },
    accountsConfigured(names) {
      labelled = new Set(names.slice(0, sources.accountLabels));
      showVerdicts(on, new Set(names.map(labelOf)));
    },
    certificateLoaded(listener, notAfterMs) {
      on.notAfter.set({ listener }, notAfterMs / 1000);
    },
  };
}
