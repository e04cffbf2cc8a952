// Examples of the rollout in the description of the admin API: one that has just begun.
import type { Example } from './document.ts';

const quiet = { calls: 12, ok: 12, faults: 0, denied: 0, errorPercent: 0 };
export const rolloutExamples = {
  rollout: {
    summary: 'The first step, with few calls so far',
    value: {
      state: 'progressing',
      step: 1,
      steps: [
        { gatewayPercent: 1, hold: 600 },
        { gatewayPercent: 50, hold: 'manual' },
        { gatewayPercent: 100 },
      ],
      gatewayPercent: 1,
      reason: 'started',
      by: 'alice',
      since: '2026-11-20T08:15:00.000Z',
      heldUntil: '2026-11-20T08:25:00.000Z',
      evidence: {
        gateway: quiet,
        legacy: { ...quiet, calls: 1180, ok: 1180 },
        stepCalls: 12,
        faultsInARow: 0,
        statistic: 0,
        threshold: 15.2,
        verdict: 'need-more-data',
        callsNeeded: 38,
      },
      version: 1,
      drives: true,
      scope: 'replica',
    },
  },
  order: { summary: 'With a reason', value: { reason: 'canary weekend' } },
  forced: { summary: 'Within the cool-down', value: { reason: 'the fault was ours', force: true } },
  preview: {
    summary: 'A weight that one account would not fit into',
    value: {
      gatewayPercent: 50,
      misfits: [{ scope: 'account', account: 'shop', action: 'apply', projected: 140, limit: 90 }],
      warnings: ['account shop: 140 apply calls/s are to be expected at the gateway, 90 fit'],
      projections: [
        { scope: 'account', account: 'shop', action: 'apply', projected: 140, limit: 90 },
        { scope: 'address', action: 'apply', projected: 161.2, limit: 270 },
      ],
      scope: 'replica',
    },
  },
} as const satisfies Record<string, Example>;
