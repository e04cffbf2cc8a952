// The rollout of a running proxy as text for a terminal: where it stands, what it waits for, what it goes by.
import { fieldsAt, isFields, listAt, numberAt, optionalText, textAt, type Fields } from './answer-fields.ts';
import { printable } from './printable.ts';
import { rows } from './table.ts';

/** @param rollout what `GET /api/rollout` answered */
export function rolloutText(rollout: Fields): string[] {
  const steps = listAt(rollout, 'steps');
  const step = rollout['step'];
  const evidence = fieldsAt(rollout, 'evidence');
  const problem = optionalText(rollout, 'problem');
  // Before the first rollout there is nothing to tell of it.
  if (step === null) return ['Rollout: none yet', 'Steps', ...rows(steps.map((one) => stepRow(one, false)))];
  const times = [
    ['since', optionalText(rollout, 'since')],
    ['held until', optionalText(rollout, 'heldUntil')],
    ['cools until', optionalText(rollout, 'coolsUntil')],
  ].flatMap(([name = '', at]) => (at === undefined ? [] : [[name, at]]));
  return [
    `Rollout: ${stateText(rollout)}`,
    ...rows([
      ['why', printable(textAt(rollout, 'reason'))],
      ['by', printable(textAt(rollout, 'by'))],
      ...times,
      ['gateway', backendText(fieldsAt(evidence, 'gateway'))],
      ['old service', backendText(fieldsAt(evidence, 'legacy'))],
      ['verdict', verdictText(evidence)],
      ...(problem === undefined ? [] : [['', `not kept yet: ${printable(problem)}`]]),
    ]),
    'Steps',
    ...rows(steps.map((one, index) => stepRow(one, index + 1 === step))),
  ];
}

/** `holding (manual) at step 4 of 5, 50 %`. */
export function stateText(rollout: Fields): string {
  const cause = optionalText(rollout, 'cause');
  const state = `${textAt(rollout, 'state')}${cause === undefined ? '' : ` (${cause})`}`;
  if (typeof rollout['step'] !== 'number') return state;
  const steps = Array.isArray(rollout['steps']) ? ` of ${rollout['steps'].length}` : '';
  return `${state} at step ${rollout['step']}${steps}, ${numberAt(rollout, 'gatewayPercent')} %`;
}

function stepRow(step: Fields, isCurrent: boolean): string[] {
  const hold = step['hold'];
  const text =
    hold === 'manual'
      ? 'until somebody promotes'
      : typeof hold === 'number'
        ? `at least ${holdText(hold)}`
        : 'until there is enough data';
  return [isCurrent ? '→' : '', `${numberAt(step, 'gatewayPercent')} %`, text];
}

function holdText(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function backendText(backend: Fields): string {
  const calls = numberAt(backend, 'calls');
  if (calls === 0) return 'no calls judged';
  const errors = numberAt(backend, 'faults') + numberAt(backend, 'denied');
  const rate = isFields(backend) ? backend['errorPercent'] : null;
  return `${errors} of ${calls} calls failed (${typeof rate === 'number' ? rate : 0} %)`;
}

function verdictText(evidence: Fields): string {
  const verdict = textAt(evidence, 'verdict').replaceAll('-', ' ');
  const needed = evidence['callsNeeded'];
  const more = typeof needed === 'number' ? `, about ${needed} more calls of the gateway` : '';
  const statistic = `${numberAt(evidence, 'statistic')} of ${numberAt(evidence, 'threshold')}`;
  return `${verdict}${more} (statistic ${statistic}, ${numberAt(evidence, 'faultsInARow')} faults in a row)`;
}
