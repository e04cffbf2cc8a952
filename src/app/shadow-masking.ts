// What of an apply call's parameters may be kept and shown beside a mismatch: what was asked for, bounded, without any
// secret, signature or token wherever a client may have put them.
import { single, type Parameters } from '../legacy/parameters.ts';
import type { ShownParameters } from '../shadow/trial.ts';
import { sensitiveValues } from './explain/masking.ts';

/** Topics that are shown. */
const mostResources = 20;
const mostActions = 2;
/** Characters of a text that are shown. */
const longestText = 300;
/** Shorter values occur elsewhere by chance. */
const shortestHidden = 8;

/** Padded base64: a token or a signature in the wrong place, of whatever call; no topic looks like that. */
const padded = /^[A-Za-z0-9+/]{20,}={1,2}$/;
const time = /^\d{1,16}$/;

export interface Masking {
  /** The text without what must not show. */
  readonly hide: (text: string) => string;
  /** The same of a single value, cut to 300 characters. */
  readonly show: (text: string) => string;
}

/** @param secrets of the account */
export function masking(parameters: Parameters, secrets: readonly string[]): Masking {
  const hidden = [...secrets, ...sensitiveValues(parameters)].filter(
    (value) => value.length >= shortestHidden,
  );
  const hide = (text: string): string =>
    hidden.reduce((clean, value) => clean.replaceAll(value, '***'), text);
  const show = (text: string): string =>
    padded.test(text) ? '***' : hide(text).slice(0, longestText).toWellFormed();
  return { hide, show };
}

/** Of an apply call. */
export function shownParameters(parameters: Parameters, { hide, show }: Masking): ShownParameters {
  // Hidden before it is split, since a secret may hold a comma.
  const listOf = (name: string) => (parameters.get(name) ?? []).flatMap((value) => hide(value).split(','));
  const resources = listOf('resources');
  const expireTime = single(parameters, 'expireTime');
  return {
    resources: resources.slice(0, mostResources).map(show),
    ...(resources.length > mostResources && { moreResources: resources.length - mostResources }),
    actions: listOf('actions').slice(0, mostActions).map(show),
    ...(expireTime !== undefined && { expireTime: show(momentOf(expireTime)) }),
  };
}

/** ISO where it is a moment that a date can tell. */
function momentOf(expireTime: string): string {
  const moment = new Date(time.test(expireTime) ? Number(expireTime) : NaN);
  return Number.isNaN(moment.getTime()) ? expireTime : moment.toISOString();
}
