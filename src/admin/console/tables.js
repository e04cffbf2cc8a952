// What is looked up rather than watched: readiness, shadow calls, callers, changes. Tables that stack on a phone.
/** @import { History } from './shapes.js' */
/** @import { Source, Sources } from './model.js' */
/** @import { Child } from './dom.js' */
import { byId, h, show } from './dom.js';
import { capital, count, moment, percent, words } from './format.js';

const mostRows = 30;

/**
 * @param {string[]} columns
 * @param {Child[][]} rows
 * @param {string} caption
 */
function table(columns, rows, caption) {
  const body = rows.slice(0, mostRows).map((cells) =>
    h(
      'tr',
      { role: 'row' },
      ...cells.map((cell, index) =>
        h(
          index === 0 ? 'th' : 'td',
          {
            role: index === 0 ? 'rowheader' : 'cell',
            scope: index === 0 && 'row',
            'data-label': columns[index],
          },
          cell,
        ),
      ),
    ),
  );
  const more = rows.length - mostRows;
  return h(
    'div',
    {},
    h(
      'table',
      { class: 'stacking', role: 'table' },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          ...columns.map((text) => h('th', { scope: 'col', role: 'columnheader' }, text)),
        ),
      ),
      h('tbody', { role: 'rowgroup' }, ...body),
    ),
    more > 0 && h('p', { class: 'note' }, `… and ${count(more)} more`),
  );
}

/**
 * @template Data
 * @param {string} id
 * @param {Source<Data>} source
 * @param {string} missing
 * @param {(data: Data) => Child[]} make
 */
function panel(id, source, missing, make) {
  const { data, state } = source;
  if (data !== undefined && state !== 'missing') return show(byId(id), data, () => make(data));
  const text =
    state === 'missing' ? missing : state === 'failed' ? 'Could not be read. Trying again.' : 'Asking …';
  show(byId(id), text, () => [h('p', { class: 'calm' }, text)]);
}

/** @param {Sources} sources */
export function showReadiness({ readiness }) {
  panel('readiness', readiness, 'Readiness is not available on this server.', ({ address, accounts }) => {
    const all = [{ account: 'This address', notes: [], ...address }, ...accounts];
    const blocked = all.filter(({ verdict }) => verdict === 'blocked').length;
    const summary =
      blocked === 0
        ? 'Every account is ready to move.'
        : `${blocked} of ${all.length} are not ready to move.`;
    const sorted = all.sort((one, other) => rank(one) - rank(other));
    return [
      h('p', {}, summary),
      table(
        ['Account', 'Verdict', 'What is in the way'],
        sorted.map(({ account, verdict, blockers, notes = [] }) => [
          account,
          h('span', { class: `badge ${verdict}` }, verdict === 'ready' ? '✓ ready' : '✗ blocked'),
          blockers.length + notes.length === 0
            ? '–'
            : h(
                'ul',
                { class: 'plain' },
                ...blockers.map(({ detail, count: times }) =>
                  h('li', {}, detail, times !== undefined && times > 1 && ` (${count(times)} times)`),
                ),
                ...notes.map((text) => h('li', { class: 'note' }, text)),
              ),
        ]),
        'Readiness by account',
      ),
    ];
  });
}

/** @param {{ verdict: string }} row */
function rank({ verdict }) {
  return verdict === 'blocked' ? 0 : 1;
}

/** @param {Sources} sources @param {number} nowMs */
export function showShadow({ shadow }, nowMs) {
  panel(
    'shadow',
    shadow,
    'Shadow calls are not available on this server.',
    ({ percent: share, counts, mismatches }) => [
      h(
        'p',
        {},
        share === 0
          ? 'Off (shadow.percent is 0). '
          : `${percent(share)} of the old service’s calls are tried at the gateway too. `,
        `${count(counts.match)} agreed, ${count(counts.mismatch)} did not, ${count(counts.error)} failed, ${count(counts.dropped)} were left out.`,
      ),
      mismatches.length > 0 &&
        table(
          ['When', 'Account', 'Call', 'Why', 'Old service', 'Gateway'],
          mismatches.map((each) => [
            moment(each.at, nowMs),
            each.account,
            each.operation,
            each.why,
            `${each.legacy.outcome}, ${each.legacy.code}`,
            `${each.gateway.outcome}, ${each.gateway.gatewayCode ?? each.gateway.code}`,
          ]),
          'Calls on which the two sides differ, newest first',
        ),
    ],
  );
}

/** @param {Sources} sources @param {number} nowMs */
export function showCallers({ callers }, nowMs) {
  panel('callers', callers, 'Callers are not available on this server.', ({ callers: list, forgotten }) => [
    list.length === 0 && h('p', { class: 'calm' }, 'Nobody has called since this replica started.'),
    list.length > 0 &&
      table(
        ['Address', 'Account', 'Program', 'Last seen', 'Old service', 'Gateway'],
        list.map(({ clientAddress, account, userAgent, lastSeen, calls }) => [
          clientAddress,
          account ?? 'not configured',
          userAgent === '' ? 'says nothing' : userAgent,
          moment(lastSeen, nowMs),
          `${count(calls.legacy)} calls`,
          `${count(calls.gateway)} calls`,
        ]),
        'Callers, last seen first',
      ),
    forgotten > 0 && h('p', { class: 'note' }, `${count(forgotten)} more had to leave the list.`),
  ]);
}

const changes = {
  weight: 'Weight',
  account: 'Weight of',
  'all-back': 'Everything back',
  file: 'Weight, from the file',
};

/** @param {Sources} sources @param {number} nowMs */
export function showHistory({ history }, nowMs) {
  panel('history', history, 'The history is not available on this server.', (list) => [
    list.length === 0 && h('p', { class: 'calm' }, 'Nothing has been changed yet.'),
    list.length > 0 &&
      table(
        ['When', 'What', 'Change', 'Who', 'Why'],
        list.map((change) => [
          moment(change.when, nowMs),
          whatOf(change),
          `${weightOf(change.from)} → ${weightOf(change.to)}`,
          change.who,
          change.why ?? '–',
        ]),
        'Changes, newest first',
      ),
  ]);
}

/** @param {History[number]} change */
function whatOf({ what, account }) {
  const known = /** @type {Record<string, string | undefined>} */ (changes)[what] ?? capital(words(what));
  return account === undefined ? known : `${known} ${account}`;
}

/** @param {number | null} weight */
function weightOf(weight) {
  return weight === null ? 'as the rest' : percent(weight);
}
