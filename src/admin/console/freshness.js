// How old the figures are, and whether anybody answers at all. What is old is greyed and says so.
/** @import { Source, Sources } from './model.js' */
import { byId, say } from './dom.js';
import { clock, duration } from './format.js';

/** Twice what each panel waits at most between two answers, or so. ms */
const oldAfterMs = { status: 6000, timeline: 6000, rollout: 6000, split: 10_000, history: 15_000 };
const otherwiseMs = 25_000;
const lostAfterMs = 4500;
const hiddenGraceMs = 15_000;

/**
 * @param {Sources} sources
 * @returns {number} when anything was last heard, ms since epoch
 */
export function lastHeardMs(sources) {
  return Math.max(...Object.values(allOf(sources)).map((source) => source?.atMs ?? 0));
}

/**
 * @param {Sources} sources
 * @param {number} nowMs
 */
export function isLost(sources, nowMs) {
  const isFailing = sources.status.state === 'failed' || sources.timeline.state === 'failed';
  const heardMs = lastHeardMs(sources);
  const graceMs = document.hidden ? hiddenGraceMs : lostAfterMs;
  return heardMs === 0 ? isFailing : nowMs - heardMs > graceMs && isFailing;
}

/**
 * @param {Sources} sources
 * @param {number} nowMs
 * @param {boolean} lost
 */
export function showFreshness(sources, nowMs, lost) {
  const banner = byId('banner');
  const heardMs = lastHeardMs(sources);
  banner.hidden = !lost;
  const since =
    heardMs === 0
      ? 'No connection to the server. Trying again every 2 s.'
      : `Connection lost since ${clock(heardMs)} — figures below are from then. Trying again every 2 s.`;
  say(banner, lost ? since : '');
  document.body.classList.toggle('lost', lost && heardMs > 0);

  for (const element of document.querySelectorAll('[data-source]')) {
    element.classList.toggle('stale', isOld(sources, element.getAttribute('data-source'), nowMs));
  }
  for (const element of document.querySelectorAll('[data-age]')) {
    const name = element.getAttribute('data-age');
    const { atMs = 0 } = sourceOf(sources, name) ?? {};
    const seconds = (nowMs - atMs) / 1000;
    say(element, isOld(sources, name, nowMs) ? `These figures are ${duration(seconds)} old.` : '');
  }
}

/**
 * @param {Sources} sources
 * @param {string | null} name
 * @param {number} nowMs
 */
function isOld(sources, name, nowMs) {
  const source = sourceOf(sources, name);
  if (source?.data === undefined || source.state === 'missing' || document.hidden) return false;
  const limits = /** @type {Record<string, number>} */ (oldAfterMs);
  return nowMs - source.atMs > (limits[name ?? ''] ?? otherwiseMs);
}

/**
 * @param {Sources} sources
 * @param {string | null} name
 */
function sourceOf(sources, name) {
  return allOf(sources)[name ?? ''];
}

/** @param {Sources} sources */
function allOf(sources) {
  return /** @type {Record<string, Source<unknown> | undefined> } */ (/** @type {unknown} */ (sources));
}
