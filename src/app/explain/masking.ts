// How an explanation shows what must not be shown: the first characters and the length of tokens and signatures,
// nothing at all of configured secrets.
import type { Parameters } from '../../legacy/parameters.ts';
import { protocolParameters } from '../../legacy/operations.ts';

/** Characters of a signature or token that may be shown (SPEC section 5). */
export const shownCharacters = 4;

/** Shorter values are too likely to occur elsewhere by chance to be taken out of every text. */
const shortestSearched = 8;

const known: ReadonlySet<string> = new Set(protocolParameters);
const tellingName = /secret|passw|token|sign|credential/i;

/** `LzMT… (74 characters)`. A short value is hidden whole. */
export function masked(value: string): string {
  const start = value.length >= 2 * shownCharacters ? `${value.slice(0, shownCharacters)}…` : '…';
  return `${start} (${value.length} characters)`;
}

/** The same parameters, what is sensitive masked. Order is kept. */
export function maskedParameters(parameters: Parameters): Parameters {
  return new Map(
    Array.from(parameters, ([name, values]) => [name, isSensitive(name) ? values.map(masked) : values]),
  );
}

/** The values that no text may repeat. */
export function sensitiveValues(parameters: Parameters): readonly string[] {
  return Array.from(parameters).flatMap(([name, values]) => (isSensitive(name) ? values : []));
}

/**
 * Takes values out of every text of a plain structure, wherever they are: a secret pasted as a topic, a token in a
 * message.
 */
export function without<Value>(value: Value, hidden: readonly string[]): Value {
  const searched = [...new Set(hidden.filter((text) => text.length >= shortestSearched))];
  if (searched.length === 0) return value;
  // The longest first, so that of one that begins with another no tail is left; all at once, however many they are.
  searched.sort((one, other) => other.length - one.length);
  const pattern = new RegExp(
    searched.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'),
    'g',
  );
  const clean = (part: unknown): unknown => {
    if (typeof part === 'string') return part.replace(pattern, '***');
    if (Array.isArray(part)) return part.map(clean);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [clean(key), clean(inner)]));
  };
  return clean(value) as Value;
}

function isSensitive(name: string): boolean {
  return name === 'token' || name === 'signature' || (!known.has(name) && tellingName.test(name));
}
