// Asks the API's routes again and again, a few at a time, and keeps the newest answer of each with its age. A page that
// nobody looks at asks seldom, but goes on: its title still tells the state.
/** @import { Timeline } from './shapes.js' */
/** @import { Source, Sources } from './model.js' */
import { read } from './api.js';

const newestSteps = 12;

/** Path, and how often, ms. @type {Record<keyof Sources, { path: string, everyMs: number }>} */
const routes = {
  status: { path: 'status', everyMs: 2000 },
  timeline: { path: 'timeline', everyMs: 2000 },
  rollout: { path: 'rollout', everyMs: 2000 },
  split: { path: 'split', everyMs: 4000 },
  history: { path: 'history?limit=30', everyMs: 6000 },
  readiness: { path: 'readiness', everyMs: 10_000 },
  shadow: { path: 'shadow', everyMs: 10_000 },
  callers: { path: 'callers', everyMs: 10_000 },
};
const names = /** @type {(keyof Sources)[]} */ (Object.keys(routes));
/** What is not served here is asked for again now and then: the server may be another one by then. */
const missingEveryMs = 30_000;
const hiddenEveryMs = 10_000;
/** Of the six connections that a browser has to a server, most stay free: for orders, previews and the stream. */
const mostAtOnce = 3;

/** @returns {Sources} */
export function noSources() {
  const none = () => ({ data: undefined, atMs: 0, state: /** @type {const} */ ('waiting') });
  return {
    status: none(),
    split: none(),
    timeline: none(),
    rollout: none(),
    readiness: none(),
    shadow: none(),
    callers: none(),
    history: none(),
  };
}

/**
 * @param {Sources} sources
 * @param {{ changed: () => void, unknown: (message: string) => void }} events `unknown`: the API asks for a token
 */
export function createPolling(sources, events) {
  /** @type {Map<keyof Sources, number>} */
  const dueAt = new Map();
  /** @type {Set<keyof Sources>} */
  const underWay = new Set();
  let running = false;
  /** Answers to what was asked before a pause are nobody's. */
  let round = 0;

  /** @param {keyof Sources} name */
  async function ask(name) {
    underWay.add(name);
    const asked = round;
    const answer = await read(pathOf(name, sources));
    underWay.delete(name);
    if (asked !== round) return;
    const source = sources[name];
    let waitMs = document.hidden ? Math.max(hiddenEveryMs, routes[name].everyMs) : routes[name].everyMs;
    if (answer.kind === 'ok') {
      keep(name, answer.body);
      source.atMs = Date.now();
      source.state = 'ok';
    } else if (answer.kind === 'refused' && answer.status === 401) {
      pause();
      return events.unknown(answer.message);
    } else if (answer.kind === 'refused' && answer.status === 404) {
      source.state = 'missing';
      waitMs = missingEveryMs;
    } else {
      source.state = 'failed';
      waitMs = 2000;
    }
    dueAt.set(name, Date.now() + waitMs);
    events.changed();
    next();
  }

  /** @param {keyof Sources} name @param {unknown} body */
  function keep(name, body) {
    const all = /** @type {Record<string, Source<unknown>>} */ (/** @type {unknown} */ (sources));
    const { data: known } = sources.timeline;
    const fresh = name === 'timeline' ? joined(known, /** @type {Timeline} */ (body)) : body;
    Object.assign(all[name] ?? {}, { data: fresh });
  }

  function next() {
    if (!running) return;
    const nowMs = Date.now();
    for (const name of names) {
      if (underWay.size >= mostAtOnce) return;
      if (!underWay.has(name) && (dueAt.get(name) ?? 0) <= nowMs) void ask(name);
    }
  }

  function pause() {
    running = false;
    round += 1;
  }

  setInterval(next, 250);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) dueAt.clear();
    next();
  });
  return {
    start() {
      running = true;
      dueAt.clear();
      next();
    },
    pause,
    /** After an order: what it changed is asked for at once. */
    refresh() {
      dueAt.clear();
      next();
    },
  };
}

/**
 * @param {keyof Sources} name
 * @param {Sources} sources
 */
function pathOf(name, sources) {
  const { data, atMs, state } = sources.timeline;
  const isRecent = state === 'ok' && data !== undefined && Date.now() - atMs < 60_000;
  return name === 'timeline' && isRecent ? `timeline?points=${newestSteps}` : routes[name].path;
}

/**
 * The hour that is known, with its newest steps renewed.
 * @param {Sources['timeline']['data']} known
 * @param {NonNullable<Sources['timeline']['data']>} fresh
 */
function joined(known, fresh) {
  const [first] = fresh.points;
  if (known === undefined || first === undefined) return fresh;
  const earlier = known.points.filter(({ at }) => at < first.at);
  return { ...fresh, points: [...earlier, ...fresh.points].slice(-360) };
}
