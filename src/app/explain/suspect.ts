// A request whose signature does not match, and the means to ask what else it may have been made from.
// Pure; the checks beside it use this, causes.ts compares and decides.
import { timingSafeEqual } from 'node:crypto';
import { listParameters, type Operation } from '../../legacy/operations.ts';
import type { Parameters } from '../../legacy/parameters.ts';
import { readingsOf, sign } from '../../legacy/signature.ts';

/** A request whose signature does not match, and what its account's configuration says. */
export interface Suspect {
  readonly operation: Operation;
  readonly parameters: Parameters;
  readonly secret: string;
  /** Of the account; a client may have signed one without sending it. */
  readonly instanceIds: readonly string[];
  /** The parameters when the request is taken to be in another charset. */
  readonly rereadings: readonly { readonly charset: string; readonly parameters: Parameters }[];
}

/** A signature that a client with some mistake would have sent. */
export interface Hypothesis {
  readonly mac: string;
  readonly cause: string;
}

export type Check = (suspect: Suspect) => Iterable<Hypothesis>;

/** The strings to sign under all accepted readings. */
export function textsOf(operation: Operation, parameters: Parameters): readonly string[] {
  return Array.from(readingsOf(operation, parameters), ({ stringToSign }) => stringToSign);
}

/** The signatures of a request under all accepted readings. */
export function* signed({ operation, parameters, secret }: Suspect, cause: string): Generator<Hypothesis> {
  for (const text of textsOf(operation, parameters)) yield { mac: sign(secret, text), cause };
}

/** The pairs of these names in this order, lists as sent and sorted. */
export function joined(names: readonly string[], parameters: Parameters): readonly string[] {
  const join = (value: (name: string, text: string) => string) =>
    names.map((name) => `${name}=${value(name, (parameters.get(name) ?? []).join(','))}`).join('&');
  const asSent = join((_, text) => text);
  const sorted = join((name, text) => (isList(name) ? sortedList(text) : text));
  return asSent === sorted ? [asSent] : [asSent, sorted];
}

/** Changes every value but the signature; a list is changed after its values have been joined. */
export function mapped(
  parameters: Parameters,
  change: (value: string) => string,
  changeList: (value: string) => string = change,
): Parameters {
  return new Map(
    Array.from(parameters, ([name, values]) => {
      if (name === 'signature') return [name, values];
      return [name, isList(name) ? [changeList(values.join(','))] : values.map(change)];
    }),
  );
}

/** Names of the parameters that some value of which is so, `signature` aside. */
export function namesWhere({ parameters }: Suspect, holds: (value: string) => boolean): string[] {
  return namesOf(parameters).filter((name) => parameters.get(name)?.some(holds));
}

/** In the order of their arrival, `signature` aside. */
export function namesOf(parameters: Parameters): string[] {
  return [...parameters.keys()].filter((name) => name !== 'signature');
}

/** A list with its entries sorted, as the documentation wants it signed. */
export function sortedList(list: string): string {
  return list.split(',').sort().join(',');
}

function isList(name: string): boolean {
  return listParameters.some((list) => list === name);
}

/** Compares two signatures in constant time. */
export function same(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
