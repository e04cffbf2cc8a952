// The lines of `status` on the backends: what is left of the gateway's quotas, which circuit breakers are not closed.
import { fieldsAt, listAt, numberAt, optionalText, textAt, type Fields } from './answer-fields.ts';

const modes: Readonly<Record<string, string>> = {
  own: "this replica's own",
  shared: 'shared by the fleet',
  share: "this replica's share, as the shared store is gone",
  pause: 'none for the moment: what the shared store gave out must be over first',
};

/** Accounts that are shown, those with the least left first. */
const mostAccounts = 5;

export function quotaRows(quotas: Fields): string[][] {
  const mode = textAt(quotas, 'mode');
  const waiting = fieldsAt(quotas, 'waiting');
  const budgets = listAt(quotas, 'budgets');
  const address = budgets.filter((budget) => textAt(budget, 'of') === 'address');
  const accounts = budgets
    .filter((budget) => textAt(budget, 'of') === 'account')
    .sort((one, other) => usedShare(other) - usedShare(one))
    .slice(0, mostAccounts);
  return [
    ['quotas', modes[mode] ?? mode],
    ...address.map((budget) => {
      const action = textAt(budget, 'action');
      return ['', `${action}: ${usedText(budget)} of the address, ${numberAt(waiting, action)} waiting`];
    }),
    ...accounts.map((budget) => [
      '',
      `${textAt(budget, 'action')} of ${textAt(budget, 'account')}: ${usedText(budget)}`,
    ]),
  ];
}

function usedShare(budget: Fields): number {
  return numberAt(budget, 'used') / Math.max(1, numberAt(budget, 'limit'));
}

function usedText(budget: Fields): string {
  return `${numberAt(budget, 'used')} of ${numberAt(budget, 'limit')}/s used`;
}

/** One row for each breaker that holds calls back, or one that says that none does. */
export function breakerRows(breakers: readonly Fields[]): string[][] {
  const tripped = breakers.filter((breaker) => textAt(breaker, 'state') !== 'closed');
  if (tripped.length === 0) return [['breakers', 'all closed']];
  return tripped.map((breaker, index) => {
    const why = optionalText(breaker, 'why');
    const what = `${textAt(breaker, 'backend')} ${textAt(breaker, 'action')} ${textAt(breaker, 'state')}`;
    const where = `${textAt(breaker, 'destination')}, since ${textAt(breaker, 'since')}`;
    return [index === 0 ? 'breakers' : '', `${what} (${where})${why === undefined ? '' : `: ${why}`}`];
  });
}
