// The rollout: where it stands, why, on what evidence; and the orders to it.
/** @import { Evidence, Rollout } from './shapes.js' */
/** @import { Sources } from './model.js' */
import { byId, h, show } from './dom.js';
import { clock, count, duration, percent } from './format.js';
import { giveOrder, mayWrite, reason } from './actions.js';
import { rolloutInWords } from './verdict.js';

const signs = { idle: '·', progressing: '▶', holding: '‖', paused: '‖', aborted: '✗', completed: '✓' };
const states = {
  idle: 'No rollout is under way',
  progressing: 'Progressing',
  holding: 'Holding',
  paused: 'Paused',
  aborted: 'Aborted',
  completed: 'Completed',
};

/** In which states each order makes sense; the server has the last word. */
const orders = {
  start: { label: 'Start', states: ['idle', 'aborted', 'completed'] },
  pause: { label: 'Pause', states: ['progressing', 'holding'] },
  resume: { label: 'Resume', states: ['paused', 'holding'] },
  promote: { label: 'Promote to the next step', states: ['progressing', 'holding'] },
  abort: { label: 'Abort', states: ['progressing', 'holding', 'paused', 'completed'] },
};

/** @param {Sources} sources @param {number} nowMs */
export function showRollout({ rollout }, nowMs) {
  const panel = byId('rollout');
  const { data, state } = rollout;
  byId('rollout-orders').hidden = data === undefined;
  if (data === undefined) {
    show(panel, state, () => [
      h(
        'p',
        { class: 'calm' },
        state === 'missing' ? 'Rollouts are not available on this server.' : 'Asking …',
      ),
    ]);
    return;
  }
  for (const [name, { states }] of Object.entries(orders)) {
    const fits = states.includes(data.state) && !(name === 'resume' && data.cause === 'manual');
    const button = byId(`rollout-${name}`, HTMLButtonElement);
    button.hidden = !fits;
    button.disabled = !mayWrite();
  }
  const sentence = rolloutInWords(data, nowMs);
  show(panel, [data, sentence, Math.floor(nowMs / 10_000)], () => [
    h(
      'p',
      { class: `rollout-state ${data.state}` },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, signs[data.state]),
      h('strong', {}, states[data.state]),
      data.step !== null && data.state !== 'idle' && ` · step ${data.step} of ${data.steps.length}`,
    ),
    h('p', {}, sentence),
    stepList(data),
    data.evidence !== undefined && data.state !== 'idle' && evidenceTable(data.evidence),
    data.state !== 'idle' && h('p', { class: 'note' }, `By ${data.by}, since ${clock(data.since)}.`),
  ]);
}

/** @param {Rollout} rollout */
function stepList({ state, step, steps }) {
  const items = steps.map(({ gatewayPercent, hold }, index) => {
    const number = index + 1;
    const isHere = step === number && state !== 'idle';
    const isDone =
      step !== null && (number < step || (state === 'completed' && number === step)) && state !== 'aborted';
    const wait =
      hold === undefined ? 'the end' : hold === 'manual' ? 'until promoted' : `for ${duration(hold)}`;
    return h(
      'li',
      { class: isDone ? 'done' : isHere ? 'here' : 'ahead', 'aria-current': isHere ? 'step' : undefined },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, isDone ? '✓' : isHere ? '▶' : '·'),
      h('strong', {}, percent(gatewayPercent)),
      h('span', { class: 'wait' }, wait),
      h('span', { class: 'unseen' }, isDone ? ', done' : isHere ? ', now' : ', to come'),
    );
  });
  return h('ol', { class: 'steps' }, ...items);
}

/** @param {NonNullable<Rollout['evidence']>} evidence */
function evidenceTable({ gateway, legacy, verdict }) {
  const verdicts = {
    'healthy-so-far': 'the gateway is healthy so far',
    'need-more-data': 'not enough calls to tell yet',
    fails: 'the gateway fails',
  };
  /** @param {string} name @param {Evidence} side */
  const row = (name, side) =>
    h(
      'tr',
      { role: 'row' },
      h('th', { scope: 'row', role: 'rowheader' }, name),
      ...[count(side.calls), count(side.faults), count(side.denied), `${side.errorPercent ?? 0} %`].map(
        (text) => h('td', { class: 'number', role: 'cell' }, text),
      ),
    );
  return h(
    'table',
    { class: 'evidence' },
    h('caption', {}, `Evidence: ${verdicts[verdict]}`),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('td', {}),
        ...['calls', 'faults', 'denied', 'errors'].map((text) =>
          h('th', { scope: 'col', class: 'number' }, text),
        ),
      ),
    ),
    h('tbody', {}, row('Gateway', gateway), row('Old service', legacy)),
  );
}

/** Makes the buttons once. */
export function setUpRolloutOrders() {
  const force = h('input', { type: 'checkbox', id: 'force' });
  const forcing = h('label', { class: 'check', hidden: true }, force, ' With force');
  const buttons = Object.entries(orders).map(([name, { label }]) => {
    const button = h(
      'button',
      { type: 'button', id: `rollout-${name}`, class: name === 'abort' ? 'danger' : 'plain' },
      label,
    );
    const send = async () => {
      const body = { ...reason(), ...(force.checked && { force: true }) };
      const answer = await giveOrder(`Rollout: ${label.toLowerCase()}`, 'POST', `rollout/${name}`, body);
      // What the server would do with force, it says itself.
      forcing.hidden = !(answer.kind === 'refused' && answer.message.includes('force'));
      if (forcing.hidden) force.checked = false;
    };
    button.addEventListener('click', () => void send());
    return button;
  });
  byId('rollout-orders').append(...buttons, forcing);
}
