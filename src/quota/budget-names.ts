// The names of the budgets in the shared books. Every replica must name them alike, those of the next release too.
import type { Ask } from './budgets.ts';
import { quotaActions, type BudgetUse, type QuotaAction } from './quota.ts';

export function accountBudget(account: string, action: QuotaAction): string {
  return `account:${action}:${account}`;
}

export function addressBudget(action: QuotaAction): string {
  return `address:${action}`;
}

/** The two budgets that a call counts in. */
export function budgetsOf({ account, action }: Ask): readonly [string, string] {
  return [accountBudget(account, action), addressBudget(action)];
}

/** Whose budget a name stands for: the reverse of the above. */
export function budgetNamed(name: string): Pick<BudgetUse, 'scope' | 'account' | 'action'> {
  const [scope, actionName, ...account] = name.split(':');
  const action = quotaActions.find((known) => known === actionName);
  if (action === undefined) throw new RangeError(`no budget has the name ${name}`);
  return scope === 'account' ? { scope, account: account.join(':'), action } : { scope: 'address', action };
}
