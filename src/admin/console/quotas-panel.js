// How much of what the gateway allows is used: one bar per budget, the fullest first.
/** @import { Sources } from './model.js' */
import { byId, h, meter, show } from './dom.js';
import { count } from './format.js';

const mostShown = 10;
const modes = {
  own: 'Counted by this replica for itself.',
  shared: 'Shared by all replicas.',
  pause: 'The shared store does not answer: nothing is sent for a moment.',
  share: 'The shared store does not answer: this replica keeps to its part.',
};

/** @param {Sources} sources */
export function showQuotas({ status }) {
  const quotas = status.data?.quotas;
  if (quotas === undefined) return;
  show(byId('quotas'), quotas, () => {
    const budgets = [...quotas.budgets].sort((one, other) => usedPart(other) - usedPart(one));
    const waiting = Object.entries(quotas.waiting).filter(([, calls]) => calls > 0);
    const more = budgets.length - mostShown;
    return [
      h('ul', { class: 'quotas' }, ...budgets.slice(0, mostShown).map(budgetRow)),
      more > 0 && h('p', { class: 'note' }, `… and ${more} budgets with more room`),
      h(
        'p',
        { class: 'note' },
        waiting.length === 0
          ? 'No call waits for its turn. '
          : `Waiting for their turn: ${waiting.map(([action, calls]) => `${calls} ${action}`).join(', ')}. `,
        modes[quotas.mode],
      ),
    ];
  });
}

/** @param {{ used: number, limit: number }} budget */
function usedPart({ used, limit }) {
  return limit > 0 ? used / limit : 1;
}

/** @param {NonNullable<Sources['status']['data']>['quotas']['budgets'][number]} budget */
function budgetRow(budget) {
  const { of, account, action, used, limit, left } = budget;
  const part = usedPart(budget) * 100;
  const level = part >= 95 ? 'trouble' : part >= 80 ? 'attention' : 'fine';
  const whose = of === 'address' ? 'This address' : `Account ${account ?? ''}`;
  return h(
    'li',
    { class: level },
    h('span', { class: 'name' }, `${whose} · ${action}`),
    h('span', { class: 'number' }, `${count(used)} of ${count(limit)} /s · ${count(left)} left`),
    meter({
      max: 100,
      value: Math.min(100, part),
      class: level,
      'aria-label': `${whose}, ${action}: ${Math.round(part)} % used`,
    }),
  );
}
