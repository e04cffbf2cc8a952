// Orders: sent, and what came of them said beside the form and to screen readers. Who may give them.
/** @import { Status } from './shapes.js' */
/** @import { Answer } from './api.js' */
import { order } from './api.js';
import { byId, say } from './dom.js';

/** @type {Status['visitor']} */
let visitor;
/** @type {() => void} */
let changed = () => undefined;

/** @param {() => void} onChanged after each order */
export function setUpOrders(onChanged) {
  changed = onChanged;
}

export function mayWrite() {
  return visitor?.role !== 'read';
}

/** What a token that may only read is told, instead of buttons that do nothing. */
export function readOnlyReason() {
  return `Your token “${visitor?.name ?? ''}” may only read. Orders take one with role: write.`;
}

/** @param {Status | undefined} status */
export function showRole(status) {
  if (status?.visitor !== undefined) visitor = status.visitor;
  say(
    byId('who'),
    visitor === undefined ? '' : `${visitor.name}${visitor.role === 'read' ? ', may only read' : ''}`,
  );
  const note = byId('may-not');
  const back = byId('back', HTMLButtonElement);
  back.disabled = !mayWrite();
  back.title = mayWrite() ? '' : readOnlyReason();
  note.hidden = mayWrite();
  say(note, mayWrite() ? '' : readOnlyReason());
  for (const element of document.querySelectorAll('[data-writes]')) {
    if (
      element instanceof HTMLButtonElement ||
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement
    ) {
      element.disabled = !mayWrite();
    }
  }
}

/** The reason that was typed, as part of an order. */
export function reason() {
  const text = byId('reason', HTMLInputElement).value.trim();
  return text === '' ? {} : { reason: text };
}

/**
 * @param {string} what for people
 * @param {'PUT' | 'POST'} method
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Answer>}
 */
export async function giveOrder(what, method, path, body) {
  const note = byId('order-note');
  note.className = 'order-note';
  say(note, `${what} …`);
  const answer = await order(method, path, body);
  note.classList.add(answer.kind === 'ok' ? 'done' : 'failed');
  say(note, outcomeOf(what, answer));
  if (answer.kind === 'ok') byId('reason', HTMLInputElement).value = '';
  changed();
  return answer;
}

/**
 * @param {string} what
 * @param {Answer} answer
 */
function outcomeOf(what, answer) {
  switch (answer.kind) {
    case 'ok': {
      const { warnings = [] } = /** @type {{ warnings?: string[] }} */ (answer.body);
      return `✓ ${what}: done. ${warnings.length > 0 ? `But: ${warnings.join('; ')}` : ''}`;
    }
    case 'refused':
      return `✗ ${what}: ${answer.message}`;
    case 'unreachable':
      return `✗ ${what}: no answer within 5 s. It may have been carried out all the same: look at the changes.`;
  }
}
