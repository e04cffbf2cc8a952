// `status`: how a running proxy is, for people or for machines. Exit code 0 whatever the status is: it was told.
import type { Command } from 'commander';
import { adminClient, withAdmin, type AdminOptions } from './admin-client.ts';
import { fieldsAt, isFields, listAt, numberAt, optionalText, textAt, type Fields } from './answer-fields.ts';
import { line, type Surroundings } from './command.ts';
import { stateText } from './rollout-text.ts';
import { observed, percent } from './split-text.ts';
import { printable } from './printable.ts';
import { breakerRows, quotaRows } from './status-backends.ts';
import { rows } from './table.ts';

export function registerStatus(program: Command, surroundings: Surroundings): void {
  withAdmin(program.command('status').description('Show how a running proxy is.'))
    .addHelpText('after', '\nExample:\n  token-proxy status --admin http://127.0.0.1:9464')
    .action(async (options: AdminOptions) => {
      const client = await adminClient(options, surroundings);
      const status = await client.get('/api/status');
      const lines = options.json === true ? [JSON.stringify(status)] : statusText(status);
      for (const text of lines) line(surroundings.stdout, text);
    });
}

function statusText(status: Fields): string[] {
  const backends = fieldsAt(status, 'backends');
  const legacy = isFields(backends['legacy']) ? textAt(backends['legacy'], 'url') : 'none';
  const split = fieldsAt(status, 'split');
  const store = fieldsAt(status, 'store');
  const ledger = fieldsAt(status, 'ledger');
  const rollout = fieldsAt(status, 'rollout');
  const problem = optionalText(split, 'problem');
  const weight = percent(numberAt(split, 'gatewayPercent'));
  return rows([
    ['version', textAt(status, 'version')],
    ['up', `${durationText(numberAt(status, 'uptimeSeconds'))}, since ${textAt(status, 'startedAt')}`],
    ['ready', status['ready'] === true ? 'yes' : 'no'],
    ['old service', legacy],
    ['gateway', textAt(fieldsAt(backends, 'gateway'), 'url')],
    ['split', `${weight} to the gateway${split['forced'] === true ? ', all forced back' : ''}`],
    ...(problem === undefined ? [] : [['', `not kept yet: ${problem}`]]),
    ['observed', `${observed(split['observedPercent'])} (last 60 s, this replica)`],
    ['store', `${textAt(store, 'kind')}, ${storeText(store)} (${textAt(store, 'scope')})`],
    ['tokens', `${numberAt(ledger, 'tokens')} on record (${textAt(ledger, 'scope')})`],
    ['rollout', `${stateText(rollout)}: ${printable(textAt(rollout, 'reason'))}`],
    ...quotaRows(fieldsAt(status, 'quotas')),
    ...breakerRows(listAt(status, 'breakers')),
  ]);
}

function storeText(store: Fields): string {
  if (store['up'] === true) return 'up';
  const problem = optionalText(store, 'problem');
  return problem === undefined ? 'DOWN' : `DOWN: ${problem}`;
}

/** `3 d 4 h`, `12 min`, `40 s`: the two largest units. */
function durationText(seconds: number): string {
  const units = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ] as const;
  const first = units.findIndex(([, amount]) => amount > 0);
  return units
    .slice(first < 0 ? -1 : first, first < 0 ? undefined : first + 2)
    .map(([unit, amount]) => `${amount} ${unit}`)
    .join(' ');
}
