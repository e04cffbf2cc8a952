// `/api/shadow`: what trying the old service's calls at the gateway too has shown, with the last mismatches as examples.
// What it shows was masked before it was kept.
import { answered, type Route } from './route.ts';
import type { Quantiles, ShadowMismatch, ShadowReading } from './shadow-sources.ts';
import type { Scope } from './sources.ts';

export function shadowRoute(read: () => ShadowReading): Route {
  return {
    method: 'GET',
    path: '/shadow',
    changes: false,
    answer: () => {
      const { percent, verify, counts, waiting, durations, mismatches } = read();
      return answered({
        percent,
        verify,
        counts,
        waiting,
        durations: { legacy: shownQuantiles(durations.legacy), gateway: shownQuantiles(durations.gateway) },
        mismatches: mismatches.map(shownMismatch),
        scope: 'replica' satisfies Scope,
      });
    },
  };
}

function shownMismatch({ atMs, control, candidate, ...subject }: ShadowMismatch): object {
  const { by, outcome, code, durationMs, gatewayCode, gatewayRequestId } = candidate;
  return {
    at: new Date(atMs).toISOString(),
    ...subject,
    legacy: { outcome: control.outcome, code: control.code, durationMs: tenths(control.durationMs) },
    gateway: {
      by,
      outcome,
      code,
      ...(durationMs !== undefined && { durationMs: tenths(durationMs) }),
      ...(gatewayCode !== undefined && { gatewayCode }),
      ...(gatewayRequestId !== undefined && { gatewayRequestId }),
    },
  };
}

function shownQuantiles(quantiles: Quantiles | null): Quantiles | null {
  return quantiles && { p50Ms: tenths(quantiles.p50Ms), p99Ms: tenths(quantiles.p99Ms) };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
