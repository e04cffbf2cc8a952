// Figures for people: each with its unit, none longer than it is true.

const nbsp = '\u00a0';

/** @param {number} value */
function plain(value) {
  return String(Math.round(value * 100) / 100);
}

/** @param {number | null | undefined} value */
export function percent(value) {
  return value === null || value === undefined ? 'no calls' : `${plain(value)}${nbsp}%`;
}

/** @param {number} value */
export function count(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** @param {number} perSecond */
export function rate(perSecond) {
  const text = perSecond >= 100 ? count(perSecond) : String(Math.round(perSecond * 10) / 10);
  return `${text}${nbsp}/s`;
}

/** @param {number | null | undefined} value milliseconds */
export function ms(value) {
  if (value === null || value === undefined) return '–';
  if (value >= 1000) return `${(value / 1000).toPrecision(2)}${nbsp}s`;
  return `${value >= 10 ? Math.round(value) : Math.round(value * 10) / 10}${nbsp}ms`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return 'a moment';
  if (seconds < 100) return `${Math.round(seconds)}${nbsp}s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}${nbsp}min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}${nbsp}h`;
  return `${Math.round(seconds / 86_400)}${nbsp}days`;
}

/**
 * @param {string | number} at ISO string, or ms since epoch
 * @returns local time of day, `12:03:05`
 */
export function clock(at) {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

/**
 * Time of day, with the date where it is not today's.
 * @param {string} at
 * @param {number} nowMs
 */
export function moment(at, nowMs) {
  const date = new Date(at);
  if (date.toDateString() === new Date(nowMs).toDateString()) return clock(at);
  const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
  return `${day} ${clock(at).slice(0, 5)}`;
}

/** @param {string} word `half_open` */
export function words(word) {
  return word.replace(/[_-]/g, ' ');
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What people call the two sides. */
export const backendNames = { legacy: 'Old service', gateway: 'Gateway', none: 'Neither' };
