// The single values of the configuration: durations, shares, rates, addresses, names, URLs. Pure, and without
// defaults: those stand where the keys are.
import { isIP } from 'node:net';
import { z } from 'zod';
import { longestDurationMs, parseDuration } from './duration.ts';
import { choiceText, must, mustUnseen } from './schema-section.ts';

const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$/;
const calendarDate = /^\d{4}-\d{2}-\d{2}$/;
const prefixLength = /^\d{1,3}$/;

type ErrorOf = ReturnType<typeof must>;

function textual(error: ErrorOf, isAllowed: (text: string) => boolean) {
  return z.string({ error }).refine(isAllowed, { error });
}

function numeric(allowed: string, isAllowed: (value: number) => boolean) {
  const error = must(allowed);
  return z.number({ error }).refine(isAllowed, { error });
}

/** ms. */
export function duration(least: 'zero' | 'above zero') {
  const allowed = `a duration ${least === 'zero' ? '' : 'above 0 '}such as 250ms, 5s, 10m, 2h or 1d, up to 24d`;
  const error = must(allowed);
  return z.string({ error }).transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms <= longestDurationMs && (ms > 0 || least === 'zero')) return ms;
    context.addIssue({ code: 'custom', message: error({ input: text }), input: text });
    return z.NEVER;
  });
}

export const percent = numeric(
  'a number from 0 to 100 with at most two decimals',
  (value) => value >= 0 && value <= 100 && Number(value.toFixed(2)) === value,
);

export const percentAboveZero = numeric('a number above 0, up to 100', (value) => value > 0 && value <= 100);

export const headroomPercent = numeric('a number from 0 to 90', (value) => value >= 0 && value <= 90);

/** Calls per second. */
export const rate = numeric('a number above 0 (calls per second)', (value) => value > 0);

export const port = wholeNumber(0, 65_535);

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  return numeric(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  );
}

export const flag = z.boolean({ error: must('true or false') });

/** One of a few words. */
export function choice<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z.enum(choices, { error: must(choiceText(choices)) });
}

/** Any text that is not blank; `what` says what it is. */
export function text(what: string) {
  return textual(must(what), (value) => value.trim() !== '');
}

export const host = textual(must('a host name or an IP address'), isHost);

/** A host name or an IP address, without port. */
export function isHost(value: string): boolean {
  return isIP(value) !== 0 || hostName.test(value);
}

export const addressRange = textual(
  must('an IP address or a CIDR such as 10.0.0.0/8 or fd00::/8'),
  isAddressRange,
);

function isAddressRange(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return prefix === undefined || (prefixLength.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** `host` or `host:port`, as it goes into a URL. */
export const hostAndPort = textual(
  must('host or host:port, without a scheme'),
  (value) => !/[\s/\\@?#%]/.test(value) && URL.canParse(`https://${value}`),
);

/** Names of accounts and admin tokens; they become metric labels and log fields. */
export const name = textual(
  must('a name of 1 to 64 letters, digits, `_`, `.` or `-`, beginning with a letter or a digit'),
  (value) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(value),
);

// The value stays unseen: whoever swaps key and secret must not find the secret in a log.
export const accessKey = textual(
  mustUnseen('an access key: 1 to 128 letters, digits or any of `_.@=+/-`'),
  (value) => /^[A-Za-z0-9_.@=+/-]{1,128}$/.test(value),
);

export const instanceId = textual(must('an instance id: letters, digits, `_` and `-`'), (value) =>
  /^[A-Za-z0-9_-]{1,128}$/.test(value),
);

/** Becomes a part of the gateway's host name. */
export const regionId = textual(must('a region id such as cn-hangzhou'), (value) =>
  /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(value),
);

export const date = textual(must('a date such as 2027-06-30'), (value) => {
  if (!calendarDate.test(value)) return false;
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
});

/**
 * Base address of an old service. A bare host gets https (some clients write `tokenServerUrl` so); a path is kept,
 * a trailing slash is not.
 */
export const legacyUrl = (() => {
  // Unseen, since the commonest mistake here is a password in the address.
  const error = mustUnseen('an http or https URL without user name, password, query and fragment');
  return z.string({ error }).transform((value, context) => {
    const address = value.includes('://') ? value : `https://${value}`;
    if (/^https?:\/\/[^\s?#@\\]+$/i.test(address) && URL.canParse(address)) {
      const url = new URL(address);
      return url.origin + url.pathname.replace(/\/+$/, '');
    }
    context.addIssue({ code: 'custom', message: error({ input: value }), input: value });
    return z.NEVER;
  });
})();
