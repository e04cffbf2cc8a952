// The hero: is it fine, and where do the calls go.
/** @import { Sources, Verdict } from './model.js' */
import { byId, h, say, show } from './dom.js';
import { percent, rate } from './format.js';

const signs = { fine: '✓', attention: '!', trouble: '✗', unknown: '…' };

/**
 * @param {Verdict} verdict
 * @param {boolean} lost
 */
export function showVerdict(verdict, lost) {
  const level = lost ? 'unknown' : verdict.level;
  byId('hero').dataset['level'] = level;
  say(byId('verdict-sign'), signs[level]);
  say(byId('verdict-word'), lost ? 'Not known' : verdict.word);
  const reasons = lost
    ? ['The server does not answer. It was: ' + verdict.word.toLowerCase() + '.']
    : verdict.reasons;
  const shown = reasons.slice(0, 5);
  const more = reasons.length - shown.length;
  show(byId('reasons'), reasons, () =>
    [...shown, ...(more > 0 ? [`… and ${more} more`] : [])].map((reason) => h('li', {}, reason)),
  );
}

/** @param {Sources} sources */
export function showShare({ status, split, timeline }) {
  const facts = split.data ?? status.data?.split;
  if (facts === undefined) return;
  const wanted = facts.gatewayPercent;
  const observed = facts.observedPercent;
  say(byId('wanted'), percent(wanted));
  say(byId('observed'), percent(observed));
  if (timeline.data !== undefined) say(byId('all-calls'), rate(timeline.data.now.callsPerSecond));

  const bar = byId('share-bar');
  bar.style.setProperty('--observed', `${observed ?? 0}%`);
  bar.style.setProperty('--wanted', `${wanted}%`);
  bar.classList.toggle('empty', observed === null);
  const label = `${percent(wanted)} of apply calls wanted at the gateway, ${observed === null ? 'no calls' : percent(observed)} observed in the last minute`;
  if (bar.getAttribute('aria-label') !== label) bar.setAttribute('aria-label', label);
  say(byId('share-note'), noteOf(split.data));
}

/** @param {Sources['split']['data']} split */
function noteOf(split) {
  if (split === undefined) return '';
  if (!split.hasOldService) return 'There is no old service: the gateway serves every call.';
  if (split.forced) return 'Everything goes to the old service, above every override.';
  const own = split.accounts.map(({ account, gatewayPercent }) => `${account} ${percent(gatewayPercent)}`);
  const file = split.overrides.map(
    ({ account, instanceId, gatewayPercent }) =>
      `${account ?? instanceId ?? 'any'} ${percent(gatewayPercent)}`,
  );
  const exceptions = [...own, ...file];
  if (exceptions.length === 0) return '';
  const shown = exceptions.slice(0, 6).join(', ');
  return `Weights of their own: ${shown}${exceptions.length > 6 ? ` and ${exceptions.length - 6} more` : ''}.`;
}
