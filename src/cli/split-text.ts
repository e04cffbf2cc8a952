// The split of a running proxy, and what an order changed in it, as text for a terminal.
import { listAt, numberAt, optionalText, textAt, type Fields } from './answer-fields.ts';
import { printable } from './printable.ts';
import { rows } from './table.ts';

/** @param split what `GET /api/split` answered */
export function splitText(split: Fields): string[] {
  const weights = listAt(split, 'accounts').map((own) => [
    `account ${textAt(own, 'account')}`,
    percent(numberAt(own, 'gatewayPercent')),
    'set at run time',
  ]);
  const overrides = listAt(split, 'overrides').map((rule) => [
    ruleName(rule),
    percent(numberAt(rule, 'gatewayPercent')),
    'override of the file',
  ]);
  const exceptions = [...weights, ...overrides];
  return [
    'Apply calls to the gateway',
    ...rows([
      ['weight', percent(numberAt(split, 'gatewayPercent')), changed(split)],
      ['observed', observed(split['observedPercent']), 'last 60 s, this replica'],
    ]),
    ...(exceptions.length === 0 ? [] : ['Exceptions, the first that matches wins', ...rows(exceptions)]),
    ...notes(split),
  ];
}

/** What an order that concerned all accounts, or one, changed. */
export function changeText(before: Fields, after: Fields, account: string | undefined): string[] {
  const what = account === undefined ? 'weight' : `account ${printable(account)}`;
  const read = (split: Fields): string =>
    account === undefined ? percent(numberAt(split, 'gatewayPercent')) : ownWeight(split, account);
  const unchanged = numberAt(before, 'version') === numberAt(after, 'version');
  return [
    `${what}: ${read(before)} → ${read(after)}${unchanged ? ' (nothing changed)' : ''}`,
    ...notes(after),
  ];
}

export function percent(value: number): string {
  return `${value} %`;
}

/** @param value percent, or null without calls */
export function observed(value: unknown): string {
  return typeof value === 'number' ? percent(value) : 'no calls';
}

function ownWeight(split: Fields, account: string): string {
  const own = listAt(split, 'accounts').find((entry) => entry['account'] === account);
  return own === undefined ? 'as the rest' : percent(numberAt(own, 'gatewayPercent'));
}

function ruleName(rule: Fields): string {
  const [account, instanceId] = [optionalText(rule, 'account'), optionalText(rule, 'instanceId')];
  const parts = [account && `account ${account}`, instanceId && `instance ${instanceId}`].filter(Boolean);
  return parts.length === 0 ? 'every call' : parts.join(', ');
}

function changed(split: Fields): string {
  const at = optionalText(split, 'changedAt');
  return `version ${numberAt(split, 'version')}${at === undefined ? '' : `, changed ${at}`}`;
}

function notes(split: Fields): string[] {
  const problem = optionalText(split, 'problem');
  const warnings = Array.isArray(split['warnings']) ? split['warnings'] : [];
  return [
    ...warnings.map((warning) => `Warning: ${printable(String(warning))}`),
    ...(problem === undefined ? [] : [`In force, but not kept yet: ${printable(problem)}`]),
    ...(split['forced'] === true
      ? [
          'Everything is forced back to the old service, above every exception, until the weight is set again.',
        ]
      : []),
    ...(split['hasOldService'] === false
      ? ['There is no old service: the gateway serves every call, whatever the weight.']
      : []),
  ];
}
