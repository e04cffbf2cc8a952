// Everything back to the old service: one click, no question. It waits for nothing, and tries again until the server
// has said that it is done.
/** @import { Rollout } from './shapes.js' */
/** @import { Sources } from './model.js' */
/** @import { Answer } from './api.js' */
import { mayWrite, readOnlyReason } from './actions.js';
import { order } from './api.js';
import { byId, say } from './dom.js';

const mostTries = 10;
const pauseMs = 1000;
const underWay = ['progressing', 'holding', 'paused'];

/**
 * @param {Sources} sources
 * @param {() => void} changed
 */
export function setUpBack(sources, changed) {
  const button = byId('back', HTMLButtonElement);
  const note = byId('back-note');
  let busy = false;

  const tell = (/** @type {string} */ text, /** @type {string} */ kind) => {
    note.className = `back-note ${kind}`;
    say(note, text);
  };
  const moveBack = async () => {
    if (busy) return;
    if (!mayWrite()) return tell(readOnlyReason(), 'failed');
    busy = true;
    tell('Moving everything back …', '');
    try {
      tell(...(await allBack(sources, tell)));
    } finally {
      busy = false;
      changed();
    }
  };
  button.addEventListener('click', () => void moveBack());
}

/**
 * @param {Sources} sources
 * @param {(text: string, kind: string) => void} tell
 * @returns {Promise<[text: string, kind: string]>}
 */
async function allBack(sources, tell) {
  const reason = 'back to the old service, from the console';
  if (underWay.includes(sources.rollout.data?.state ?? '')) {
    const aborted = await order('POST', 'rollout/abort', { reason }, 3000);
    if (aborted.kind === 'ok' && /** @type {Rollout} */ (aborted.body).state === 'aborted') {
      return ['✓ The rollout is aborted: everything goes to the old service.', 'done'];
    }
    // Whatever it waits for or refuses for: the split does as it is told.
  }
  for (let tries = 1; ; tries += 1) {
    const answer = await order('PUT', 'split', { gatewayPercent: 0, all: true, reason }, 3000);
    if (answer.kind === 'ok') return ['✓ Everything goes to the old service.', 'done'];
    if (isFinal(answer) || tries === mostTries) return [`✗ Not done: ${problemOf(answer)}`, 'failed'];
    tell(`Not confirmed yet (${problemOf(answer)}). Trying again …`, '');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A refusal for what was asked stays one; a failure may pass. @param {Answer} answer */
function isFinal(answer) {
  return answer.kind === 'refused' && answer.status < 500 && answer.status !== 429;
}

/** @param {Answer} answer */
function problemOf(answer) {
  return answer.kind === 'refused' ? answer.message : 'the server does not answer';
}
