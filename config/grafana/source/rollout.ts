// Section: where the rollout stands that moves the weight by itself.
import { graph, timeline, type Section } from './panels.ts';
import { growth, max, of, sum } from './queries.ts';

/** In the order of how much they want to be looked at. */
const states = {
  idle: 'text',
  completed: 'green',
  progressing: 'blue',
  paused: 'yellow',
  holding: 'orange',
  aborted: 'red',
} as const;

/** The number of the state that each replica is in. */
const numbered = Object.keys(states)
  .map((state, number) => `${number} * ${max(of('token_proxy_rollout_state', { state }), 'instance')}`)
  .join(' + ');

export const rollout: Section = {
  title: 'Rollout',
  panels: [
    timeline({
      title: 'State of the rollout',
      description:
        'As each replica knows it; with a shared store they agree. holding: it waits for somebody to promote it, for more calls, for a breaker or a quota, or for a backend to go back to: token-proxy status says which. aborted: everything is back at the old service until somebody starts again.',
      queries: { '{{instance}}': numbered },
      states: Object.fromEntries(
        Object.entries(states).map(([text, color], number) => [number, { text, color }]),
      ),
    }).span(12),
    graph({
      title: 'Step of the rollout',
      description:
        'Its place in rollout.steps. Beside "Share of the gateway" it tells whether the rollout moved the weight, or somebody by hand. A step that stays for long: see the state beside it, and token-proxy status for what it still needs.',
      unit: 'short',
      queries: { step: max(of('token_proxy_rollout_step')) },
    }).span(6),
    graph({
      title: 'Transitions of the rollout',
      description:
        'How often the rollout came into a state: also those that were over before the next scrape. The history (GET /api/history) has each with the counts that it was decided on.',
      unit: 'short',
      queries: { '{{state}}': sum(growth(of('token_proxy_rollout_transitions_total')), 'state') },
    }).span(6),
  ],
};
