// Leave to send one call, as its holder has it: it is used or given back once, and what is said after that does nothing.
import type { Ask, Budgets } from './budgets.ts';
import type { Permit } from './quota.ts';

/** @param onUnused there is room again that the books had given away */
export function permitFor(ask: Ask, budgets: Pick<Budgets, 'sent' | 'unused'>, onUnused: () => void): Permit {
  let isOpen = true;
  return {
    sent: () => {
      if (isOpen) budgets.sent(ask);
      isOpen = false;
    },
    unused: () => {
      if (!isOpen) return;
      isOpen = false;
      budgets.unused(ask);
      onUnused();
    },
  };
}
