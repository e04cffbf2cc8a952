// One card for each side: how many calls, how they ended, how long they took, and its breakers.
/** @import { Backend } from './shapes.js' */
/** @import { Sources } from './model.js' */
import { byId, h, meter, show } from './dom.js';
import { count, duration, ms, rate, words } from './format.js';

const outcomes = /** @type {const} */ (['ok', 'rejected', 'denied', 'throttled', 'fault']);
const meanings = {
  ok: 'ok',
  rejected: 'rejected: the caller’s mistake',
  denied: 'denied: no permission',
  throttled: 'throttled: over a quota',
  fault: 'fault: the backend failed',
};

/** @param {Sources} sources */
export function showBackends(sources) {
  for (const backend of /** @type {const} */ (['legacy', 'gateway'])) showBackend(backend, sources);
}

/**
 * @param {Backend} backend
 * @param {Sources} sources
 */
function showBackend(backend, { status, timeline }) {
  const figures = timeline.data?.now.backends[backend];
  const breakers = (status.data?.breakers ?? []).filter((each) => each.backend === backend);
  const isThere =
    backend === 'gateway' || status.data === undefined || status.data.backends.legacy !== undefined;
  const url = status.data?.backends[backend]?.url;
  const missing = timeline.state === 'missing';
  show(byId(`backend-${backend}`), { figures, breakers, isThere, missing, url }, () => {
    if (!isThere) return [h('p', { class: 'calm' }, 'There is no old service any more.')];
    if (figures === undefined) {
      return [h('p', { class: 'calm' }, missing ? 'Figures are not available on this server.' : 'Asking …')];
    }
    const all = outcomes.reduce((sum, outcome) => sum + figures[outcome], 0);
    return [
      h(
        'dl',
        { class: 'big' },
        figure('Calls', rate(figures.callsPerSecond ?? all / 10)),
        figure('Half within', ms(figures.p50Ms), 'p50'),
        figure('99 % within', ms(figures.p99Ms), 'p99'),
      ),
      outcomeTable(figures, all),
      breakerList(breakers),
      h('p', { class: 'note address' }, url),
    ];
  });
}

/**
 * @param {string} term
 * @param {string} value
 * @param {string} [short]
 */
function figure(term, value, short) {
  return h(
    'div',
    {},
    h('dt', {}, term, short && h('span', { class: 'optional' }, ` ${short}`)),
    h('dd', {}, value),
  );
}

/**
 * @param {Record<typeof outcomes[number], number>} figures
 * @param {number} all
 */
function outcomeTable(figures, all) {
  const rows = outcomes.map((outcome) => {
    const calls = figures[outcome];
    const part = all === 0 ? 0 : (calls / all) * 100;
    const bar = meter({ max: 100, value: part, class: outcome, 'aria-hidden': 'true' });
    return h(
      'tr',
      { class: calls === 0 ? 'none' : outcome, role: 'row' },
      h('th', { scope: 'row', role: 'rowheader', title: meanings[outcome] }, outcome),
      h('td', { class: 'bar', role: 'cell' }, bar),
      h('td', { class: 'number', role: 'cell' }, count(calls)),
      h(
        'td',
        { class: 'number', role: 'cell' },
        all === 0 ? '–' : `${part > 0 && part < 1 ? '<1' : Math.round(part)} %`,
      ),
    );
  });
  return h(
    'table',
    { class: 'outcomes', role: 'table' },
    h('caption', {}, 'How the calls of the last 10 s ended'),
    h('tbody', { role: 'rowgroup' }, ...rows),
  );
}

const breakerWords = { closed: 'closed', half_open: 'half open', open: 'open' };
const breakerSigns = { closed: '✓', half_open: '!', open: '✗' };

/** @param {NonNullable<Sources['status']['data']>['breakers']} breakers */
function breakerList(breakers) {
  if (breakers.length === 0) return h('p', { class: 'note' }, 'No breaker yet: nothing was called.');
  const several = new Set(breakers.map(({ destination }) => destination)).size > 1;
  const items = breakers.map(({ action, state, why, destination, since }) =>
    h(
      'li',
      { class: `breaker ${state}` },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, breakerSigns[state]),
      ` ${words(action)}: ${breakerWords[state]}`,
      several && ` · ${destination}`,
      state !== 'closed' && ` · ${why ?? ''} · for ${duration((Date.now() - Date.parse(since)) / 1000)}`,
    ),
  );
  return h('div', {}, h('h3', {}, 'Breakers'), h('ul', { class: 'breakers' }, ...items));
}
