// The last calls as they come: bounded, pausable, and honest about what was left out.
/** @import { Call } from './shapes.js' */
import { byId, h, say } from './dom.js';
import { follow } from './event-stream.js';
import { backendNames, clock, count, ms, words } from './format.js';

const mostShown = 30;
const drawEveryMs = 300;
const againAfterMs = 2000;
const missingAfterMs = 30_000;

/** Shown in the details of a call, in this order; the rest stands in its line. */
const details = [
  'requestId',
  'client',
  'userAgent',
  'instanceId',
  'bucket',
  'gatewayPercent',
  'gatewayCode',
  'gatewayRequestId',
  'cause',
  'message',
];

export function createCallsPanel() {
  const list = byId('calls', HTMLOListElement);
  const note = byId('calls-note');
  const pauseButton = byId('pause-calls', HTMLButtonElement);
  const onlyFailed = byId('only-failed', HTMLInputElement);
  /** Newest last. @type {Call[]} */
  let fresh = [];
  let [skipped, paused, running] = [0, false, false];
  let state = 'Connecting …';
  let stop = new AbortController();

  const pause = (/** @type {boolean} */ to) => {
    paused = to;
    pauseButton.setAttribute('aria-pressed', String(to));
    say(pauseButton, to ? 'Go on' : 'Pause');
    if (!to) for (const open of list.querySelectorAll('details[open]')) open.removeAttribute('open');
    draw();
  };
  pauseButton.addEventListener('click', () => pause(!paused));
  onlyFailed.addEventListener('change', () => {
    fresh = [];
    list.replaceChildren();
  });
  // Whoever reads a call wants it to stay where it is.
  list.addEventListener(
    'toggle',
    (event) => {
      if (event.target instanceof HTMLDetailsElement && event.target.open && !paused) pause(true);
    },
    true,
  );

  function draw() {
    const left = skipped === 0 ? '' : ` ${count(skipped)} calls were left out: they came too fast.`;
    // What moves between a press and its release is not clicked at all.
    const pointedAt = list.matches(':hover');
    const why = paused ? 'Paused' : pointedAt ? 'Held while you point at them' : '';
    const held = why === '' ? '' : ` ${why}; ${count(fresh.length)} newer calls wait.`;
    say(note, `${state}${held}${left}`);
    if (why !== '' || fresh.length === 0) return;
    list.prepend(...fresh.reverse().map(callItem));
    fresh = [];
    while (list.children.length > mostShown) list.lastElementChild?.remove();
  }

  /** @param {string} event @param {string} data */
  function take(event, data) {
    if (event !== 'call' && event !== 'dropped') return;
    const told = /** @type {unknown} */ (JSON.parse(data));
    if (event === 'dropped') {
      skipped += /** @type {{ count: number }} */ (told).count;
      return;
    }
    const call = /** @type {Call} */ (told);
    if (onlyFailed.checked && call.outcome === 'ok') return;
    fresh.push(call);
    if (fresh.length > mostShown) fresh.shift();
  }

  /** @param {AbortSignal} stopping */
  async function run(stopping) {
    const isOver = () => stopping.aborted;
    while (!isOver()) {
      const opened = () => void (state = 'Live. Open a call to see what was asked.');
      const status = await follow('calls', take, { opened, signal: stopping });
      if (isOver()) return;
      state =
        status === 404
          ? 'The stream of calls is not available on this server.'
          : 'The stream is interrupted; trying again.';
      if (status === 503) state = 'Too many consoles watch the calls already; trying again.';
      await new Promise((resolve) => setTimeout(resolve, status === 404 ? missingAfterMs : againAfterMs));
    }
  }

  function start() {
    if (running) return;
    running = true;
    stop = new AbortController();
    void run(stop.signal);
  }
  function end() {
    running = false;
    stop.abort();
  }
  let wanted = false;
  setInterval(draw, drawEveryMs);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) end();
    else if (wanted) start();
  });
  return {
    start() {
      wanted = true;
      start();
    },
    stop() {
      wanted = false;
      end();
      list.replaceChildren();
    },
  };
}

/** @param {Call} call */
function callItem(call) {
  const {
    at,
    route,
    account = 'unknown key',
    backend,
    outcome,
    code,
    durationMs,
    reason,
    fallbackFrom,
  } = call;
  const how = [reason && words(reason), fallbackFrom && `after ${fallbackFrom} at the other side`].filter(
    Boolean,
  );
  return h(
    'li',
    {},
    h(
      'details',
      {},
      h(
        'summary',
        {},
        h('span', { class: 'time' }, clock(at)),
        h('span', { class: 'route' }, route),
        h('span', { class: 'account' }, account),
        h('span', { class: `tag ${backend}` }, backendNames[backend]),
        h('span', { class: `outcome ${outcome}` }, `${outcome}, ${code}`),
        h('span', { class: 'number' }, ms(durationMs)),
        h('span', { class: 'why' }, how.join(', ')),
      ),
      h('dl', { class: 'details' }, ...detailsOf(call)),
    ),
  );
}

/** @param {Call} call */
function detailsOf(call) {
  const parameters = Object.entries(call['parameters'] ?? {});
  const facts = details.map((name) => /** @type {[string, unknown]} */ ([name, call[name]]));
  return [...parameters, ...facts]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      h('div', {}, h('dt', {}, name), h('dd', {}, Array.isArray(value) ? value.join(', ') : String(value))),
    );
}
