// Mistakes with the values: what arrived is not what the client signed.
// Each check yields the signatures that a client with this mistake would have sent.
import { createHmac } from 'node:crypto';
import { sign } from '../../legacy/signature.ts';
import { encodeText, foreignCharsets } from './charsets.ts';
import {
  mapped,
  namesWhere,
  signed,
  sortedList,
  textsOf,
  type Check,
  type Hypothesis,
  type Suspect,
} from './suspect.ts';

/** The most usual mistakes first. */
export const valueChecks: readonly Check[] = [
  spaceForPlus,
  percentEncoded,
  encodedTwice,
  whitespace,
  foreignBytes,
  foreignArrival,
];

function* spaceForPlus(suspect: Suspect): Generator<Hypothesis> {
  const names = namesWhere(suspect, (value) => value.includes(' '));
  if (names.length === 0) return;
  const changed = mapped(suspect.parameters, (value) => value.replaceAll(' ', '+'));
  yield* signed(
    { ...suspect, parameters: changed },
    `${names.join(', ')} arrived with a space where + was signed: the client sends + unencoded; it must send %2B`,
  );
}

function* percentEncoded(suspect: Suspect): Generator<Hypothesis> {
  const cause =
    'the client signs percent-encoded values; it must sign them raw and encode only what it sends';
  for (const parameters of [suspect.parameters, mapped(suspect.parameters, (value) => value, sortedList)]) {
    for (const encode of percentEncodings) {
      const texts = textsOf(suspect.operation, mapped(parameters, encode));
      for (const text of texts) yield { mac: sign(suspect.secret, text), cause };
    }
  }
}

function* encodedTwice(suspect: Suspect): Generator<Hypothesis> {
  const names = namesWhere(suspect, (value) => decoded(value) !== value);
  if (names.length === 0) return;
  const parameters = mapped(suspect.parameters, decoded);
  yield* signed(
    { ...suspect, parameters },
    `${names.join(', ')} arrived percent-encoded: the client encodes twice`,
  );
}

function* whitespace(suspect: Suspect): Generator<Hypothesis> {
  const tidy = (value: string): string => value.replace(/[\r\n]/g, '').trim();
  const names = namesWhere(suspect, (value) => tidy(value) !== value);
  if (names.length === 0) return;
  const cause = `${names.join(', ')} arrived with line breaks or surrounding spaces that were not signed`;
  yield* signed({ ...suspect, parameters: mapped(suspect.parameters, tidy) }, cause);
}

function* foreignBytes({ operation, parameters, secret }: Suspect): Generator<Hypothesis> {
  for (const text of textsOf(operation, parameters)) {
    if (isAscii(text)) continue;
    for (const charset of foreignCharsets) {
      const mac = createHmac('sha1', secret).update(encodeText(text, charset)).digest('base64');
      yield { mac, cause: `the client signs the text as ${charset} bytes; it must sign it in UTF-8` };
    }
  }
}

function* foreignArrival(suspect: Suspect): Generator<Hypothesis> {
  for (const { charset, parameters } of suspect.rereadings) {
    const cause = `the values were sent in ${charset}; the client must send UTF-8, or name the charset in its Content-Type`;
    yield* signed({ ...suspect, parameters }, cause);
    for (const { mac } of foreignBytes({ ...suspect, parameters })) {
      yield {
        mac,
        cause: `the values were sent and signed in ${charset}; the client must use UTF-8 for both`,
      };
    }
  }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

const upper = (text: string): string => encodeURIComponent(text.toWellFormed());
const rfc3986 = (text: string): string =>
  upper(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const java = (text: string): string =>
  rfc3986(text).replaceAll('%20', '+').replaceAll('%2A', '*').replaceAll('~', '%7E');
const lowerCase = (text: string): string =>
  rfc3986(text).replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
const percentEncodings = [upper, rfc3986, java, lowerCase] as const;
