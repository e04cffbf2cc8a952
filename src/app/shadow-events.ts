// What comes of the shadow calls, told to metrics, readiness and the log. A mismatch is worth a line: it is what clients would have
// met at the gateway.
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import type { ReadinessRecorder } from '../readiness/readiness.ts';
import type { Conclusion, Subject } from '../shadow/trial.ts';

export interface ShadowListeners {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'shadowed'>;
  readonly readiness: Pick<ReadinessRecorder, 'shadowConcluded'>;
}

/** @param listeners asked for with each event: the metrics are made after the experiment */
export function shadowEvents(
  listeners: () => ShadowListeners,
): (conclusion: Conclusion, subject: Subject) => void {
  return ({ result, account, operation, why }, { requestId, instanceId }) => {
    const { log, metrics, readiness } = listeners();
    metrics.shadowed(result);
    readiness.shadowConcluded({ account, operation, result, why: why ?? '' });
    if (result === 'match' || result === 'dropped') return;
    const level = result === 'mismatch' ? 'info' : 'debug';
    log[level]({ requestId, account, route: operation, instanceId, result, why }, 'shadow call');
  };
}
