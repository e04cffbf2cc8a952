// What is odd about the parameters of a request, beyond what parse.ts refuses: each remark is a check that came out
// true. Pure; it decides nothing.
import type { Parameters } from '../../legacy/parameters.ts';
import { single } from '../../legacy/parameters.ts';
import { minimumLifetimeMs } from '../../legacy/parse.ts';
import { longestLifetimeMs } from '../../translate/to-gateway.ts';

const digits = /^\d{1,16}$/;
const dayMs = 86_400_000;
/** Around now, for telling seconds from milliseconds. */
const plausibleMs = 3_660 * dayMs;

/** @param nowMs ms since epoch */
export function parameterHints(parameters: Parameters, nowMs: number): readonly string[] {
  return [...valueHints(parameters), ...expiryHints(single(parameters, 'expireTime'), nowMs)];
}

function valueHints(parameters: Parameters): string[] {
  const hints: string[] = [];
  for (const [name, values] of parameters) {
    if (values.some((value) => value.includes('\ufffd'))) {
      hints.push(`${name} holds bytes that are not UTF-8: the client sends another charset`);
    }
    if (values.every((value) => value === '')) hints.push(`${name} is empty, which counts as present`);
  }
  return hints;
}

function expiryHints(expireTime: string | undefined, nowMs: number): string[] {
  if (expireTime === undefined || !digits.test(expireTime)) return [];
  const value = Number(expireTime);
  const about = (ms: number): boolean => Math.abs(ms - nowMs) < plausibleMs;
  if (value <= longestLifetimeMs * 2 && !about(value)) {
    return about(value * 1000)
      ? [`expireTime ${expireTime} is in seconds (${iso(value * 1000)}); it must be in milliseconds`]
      : [
          `expireTime ${expireTime} is a duration; it must be the time of expiry, in milliseconds since 1970-01-01 UTC`,
        ];
  }
  const aheadMs = value - nowMs;
  if (aheadMs < minimumLifetimeMs) {
    return aheadMs > 0
      ? [`expireTime is ${iso(value)}, ${seconds(aheadMs)} ahead: the old protocol wants at least 60 s`]
      : [
          `expireTime was ${iso(value)}, ${seconds(-aheadMs)} ago: an old request, or the client's clock is behind`,
        ];
  }
  if (Math.abs(aheadMs - nowMs) < 2 * longestLifetimeMs) {
    return [
      "expireTime is about twice the current time: the client adds the current time twice, as the vendor's Java demo " +
        'did; the gateway cuts it to 30 days',
    ];
  }
  return aheadMs > longestLifetimeMs ? [`expireTime is beyond 30 days: the gateway cuts it to 30 days`] : [];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
