// Setting the weight: of everything or of one account, with a look ahead at what it means for the quotas.
/** @import { Preview } from './shapes.js' */
/** @import { Sources } from './model.js' */
import { giveOrder, reason } from './actions.js';
import { read } from './api.js';
import { byId, h, show } from './dom.js';
import { count, percent } from './format.js';

const presets = [0, 1, 5, 25, 50, 100];
const previewAfterMs = 300;

export function setUpWeightForm() {
  const form = byId('weight-form', HTMLFormElement);
  const weight = byId('weight', HTMLInputElement);
  const account = byId('account', HTMLSelectElement);
  let timer = 0;
  const previewSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void preview(weight, account), previewAfterMs);
  };
  const buttons = presets.map((each) => {
    const button = h('button', { type: 'button', class: 'quiet', 'data-writes': true }, percent(each));
    button.addEventListener('click', () => {
      weight.value = String(each);
      previewSoon();
    });
    return button;
  });
  byId('presets').append(...buttons);
  weight.addEventListener('input', previewSoon);
  account.addEventListener('change', previewSoon);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(weight, account);
  });
}

/**
 * @param {HTMLInputElement} weight
 * @param {HTMLSelectElement} account
 */
async function submit(weight, account) {
  const gatewayPercent = Number(weight.value);
  const whose = account.value === '' ? {} : { account: account.value };
  const what = `${account.value === '' ? 'Weight' : `Weight of ${account.value}`} ${percent(gatewayPercent)}`;
  const answer = await giveOrder(what, 'PUT', 'split', { gatewayPercent, ...whose, ...reason() });
  if (answer.kind !== 'ok') return;
  weight.value = '';
  show(byId('preview'), undefined, () => []);
}

let asked = 0;

/**
 * @param {HTMLInputElement} weight
 * @param {HTMLSelectElement} account
 */
async function preview(weight, account) {
  asked += 1;
  const mine = asked;
  const place = byId('preview');
  if (weight.value === '' || !weight.checkValidity()) return show(place, undefined, () => []);
  const query = new URLSearchParams({ gatewayPercent: weight.value });
  if (account.value !== '') query.set('account', account.value);
  const answer = await read(`split/preview?${query.toString()}`, 3000);
  if (mine !== asked) return;
  if (answer.kind === 'ok') return showPreview(/** @type {Preview} */ (answer.body));
  const text =
    answer.kind === 'refused' && answer.status !== 404
      ? answer.message
      : 'A look ahead at the quotas is not available just now.';
  show(place, text, () => [h('p', { class: 'note' }, text)]);
}

/** @param {Preview} preview */
function showPreview(preview) {
  const { gatewayPercent, warnings, projections } = preview;
  show(byId('preview'), preview, () => [
    warnings.length === 0
      ? h('p', { class: 'fits' }, `✓ ${percent(gatewayPercent)} fits the quotas, by the calls of late.`)
      : h('p', { class: 'misfits' }, `! ${percent(gatewayPercent)} would not fit: ${warnings.join('; ')}`),
    h(
      'ul',
      { class: 'quotas' },
      ...projections.slice(0, 3).map(({ scope, account, action, projected, limit }) => {
        const whose = scope === 'address' ? 'This address' : `Account ${account ?? ''}`;
        return h(
          'li',
          {},
          h('span', { class: 'name' }, `${whose} · ${action}`),
          h('span', { class: 'number' }, `about ${count(projected)} of ${count(limit)} /s`),
        );
      }),
    ),
  ]);
}

/** The accounts that are known so far. @param {Sources} sources */
export function showAccounts({ split, readiness, status }) {
  const names = new Set([
    ...(readiness.data?.accounts ?? []).map(({ account }) => account),
    ...(split.data?.accounts ?? []).map(({ account }) => account),
    ...(status.data?.quotas.budgets ?? []).flatMap(({ account }) => account ?? []),
  ]);
  const select = byId('account', HTMLSelectElement);
  for (const { value } of select.options) names.delete(value);
  select.append(...[...names].sort().map((name) => h('option', { value: name }, name)));
}
