// Reads what an operator orders of the split: `{gatewayPercent, account?, reason?, all?}`. Pure; carries nothing out.
import { reasonMistakes, reasonOf, unknownKeys } from './order-fields.ts';
import type { OperatorOrder, SplitRules } from './sources.ts';

export type ReadOrder =
  | { readonly ok: true; readonly order: OperatorOrder; readonly reason?: string }
  /** All mistakes in one message: key, what is wrong, what is allowed. */
  | { readonly ok: false; readonly message: string };

const keys = ['gatewayPercent', 'account', 'reason', 'all'] as const;
type Key = (typeof keys)[number];
type Fields = Readonly<Partial<Record<Key, unknown>>>;

const mostNamesShown = 20;

/**
 * @param body what was sent, as JSON gives it
 * @param weighted accounts that have a weight of their own now: one that has left the configuration can be given back
 */
export function readSplitOrder(
  body: Readonly<Record<string, unknown>>,
  rules: Pick<SplitRules, 'accounts'>,
  weighted: Readonly<Record<string, number>>,
): ReadOrder {
  const fields: Fields = body;
  const mistakes = [
    ...unknownKeys(body, keys),
    ...percentMistakes(fields),
    ...accountMistakes(fields, rules.accounts, weighted),
    ...reasonMistakes(fields.reason),
    ...allMistakes(fields),
  ];
  if (mistakes.length > 0) return { ok: false, message: mistakes.join('; ') };
  return { ok: true, order: orderOf(fields), ...reasonOf(fields.reason) };
}

function orderOf({ gatewayPercent, account, all }: Fields): OperatorOrder {
  if (all === true) return { kind: 'all-back' };
  // Adding 0 turns the -0 that JSON can carry into 0.
  const percent = typeof gatewayPercent === 'number' ? gatewayPercent + 0 : null;
  if (typeof account === 'string') return { kind: 'account', account, gatewayPercent: percent };
  return { kind: 'weight', gatewayPercent: percent ?? 0 };
}

const percentAllowed = 'a number from 0 to 100 with at most two decimals';

function percentMistakes({ gatewayPercent, account }: Fields): string[] {
  if (gatewayPercent === null) {
    return account === undefined
      ? [`gatewayPercent must be ${percentAllowed}; null gives an account back and goes with account`]
      : [];
  }
  if (gatewayPercent === undefined) return [`gatewayPercent is missing: ${percentAllowed}`];
  return isPercent(gatewayPercent)
    ? []
    : [`gatewayPercent must be ${percentAllowed}, but is ${shown(gatewayPercent)}`];
}

function isPercent(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 100 && Number(value.toFixed(2)) === value;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'a boolean' : 'an object';
}

function accountMistakes(
  { account, gatewayPercent }: Fields,
  accounts: SplitRules['accounts'],
  weighted: Readonly<Record<string, number>>,
): string[] {
  if (account === undefined) return [];
  if (typeof account !== 'string') return ['account must be the name of a configured account'];
  if (accounts.some(({ name }) => name === account)) return [];
  if (gatewayPercent === null && Object.hasOwn(weighted, account)) return [];
  return [`account ${JSON.stringify(account.slice(0, 80))} is not configured: there ${named(accounts)}`];
}

function named(accounts: SplitRules['accounts']): string {
  if (accounts.length === 0) return 'is none';
  const names = accounts.slice(0, mostNamesShown).map(({ name }) => name);
  const more = accounts.length - names.length;
  return `are ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function allMistakes({ all, gatewayPercent, account }: Fields): string[] {
  if (all === undefined || all === false) return [];
  if (all !== true) return ['all must be true or left out'];
  return [
    ...(gatewayPercent === 0 ? [] : ['all: true goes with gatewayPercent: 0 only']),
    ...(account === undefined ? [] : ['all: true concerns every account: leave account out']),
  ];
}
