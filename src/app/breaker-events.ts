// What circuit breakers do, told to the log and to metrics: an operator should see why calls do not reach a backend.
import type { Logger } from 'pino';
import type { BreakerFigures } from '../metrics/metrics.ts';
import { actions, type Breakers, type BreakersSurroundings } from '../resilience/breakers.ts';

export function breakerEvents(log: Logger): BreakersSurroundings['changed'] {
  return ({ backend, destination, action, from, to, why }) => {
    const facts = { backend, destination, action, from, to, why };
    if (to === 'open') log.warn(facts, 'circuit breaker open: this backend is not called for a while');
    else if (to === 'closed') log.info(facts, 'circuit breaker closed: this backend is called again');
    else log.info(facts, 'circuit breaker half open: one call is let through as a probe');
  };
}

/** The worst state of each backend and action. */
export function breakerFigures(breakers: Pick<Breakers, 'worst'>): BreakerFigures[] {
  return (['legacy', 'gateway'] as const).flatMap((backend) =>
    actions.map((action) => ({ backend, action, state: breakers.worst(backend, action) })),
  );
}
