// Section: which backends are not asked because they failed again and again.
import { timeline, type Section } from './panels.ts';
import { max, of } from './queries.ts';

const state = 'token_proxy_circuit_breaker_state';

export const breakers: Section = {
  title: 'Breakers',
  panels: [
    timeline({
      title: 'Breakers by backend and action',
      description:
        'The worst of the chosen replicas. Open: calls fall back or fail at once; half open: one call at a time is let through to see. token-proxy status says why one opened. It closes by itself with the first good answer.',
      queries: {
        '{{backend}} {{action}}': max(
          `2 * ${of(state, { state: 'open' })} + ignoring(state) ${of(state, { state: 'half_open' })}`,
          'backend',
          'action',
        ),
      },
      states: {
        0: { text: 'closed', color: 'green' },
        1: { text: 'half open', color: 'orange' },
        2: { text: 'open', color: 'red' },
      },
    }).span(24),
  ],
};
