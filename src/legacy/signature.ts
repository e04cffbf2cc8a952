// The old signature: string to sign, signing, and the readings under which real clients' signatures are accepted
// (PROTOCOL section 1). Pure. It judges no values: parse.ts does, and both must agree before anything is done.
import { hmacSha1, isHmacSha1 } from './hmac-sha1.ts';
import { listParameters, operations, protocolParameters, type Operation } from './operations.ts';
import type { Parameters } from './parameters.ts';

type ListParameter = (typeof listParameters)[number];

/** One way to build the string to sign from a request. */
export interface Reading {
  /** The documented fields that are present, or every parameter but `signature`. */
  readonly fields: 'documented' | 'everything';
  /** Which lists have their values sorted; the others stand as sent. */
  readonly sorted: readonly ListParameter[];
}

export interface ReadingOfRequest {
  readonly reading: Reading;
  readonly stringToSign: string;
}

export type Verdict =
  | { readonly genuine: true; readonly reading: Reading }
  | { readonly genuine: false; readonly why: 'missing' | 'mismatch' | 'ambiguous' };

const documentedFields = {
  apply: [...operations.apply.signed].sort(),
  revoke: operations.revoke.signed,
  query: operations.query.signed,
} as const satisfies Record<Operation, readonly string[]>;

const plainName = /^[\w.-]+$/;
const hiddenPair = new RegExp(`&(?:${protocolParameters.join('|')})=`);
const anyHiddenPair = /&[\w.-]+=/;

/** `base64(HMAC-SHA1(secret, text))`, UTF-8 throughout. */
export function sign(secret: string, text: string): string {
  return hmacSha1(secret, text);
}

/**
 * All readings of a request that may count, the most usual first; empty when the request could pass for another one.
 * `key=value&key=value` is not injective, so no free value may hide another parameter (`resources=A&serviceName=mq`
 * in one value); the values of the other documented parameters have forms of their own, which parse.ts checks. With
 * every parameter signed any name can be a parameter, so no value may hide a pair at all and no name hold `=` or `&`.
 */
export function* readingsOf(operation: Operation, parameters: Parameters): Generator<ReadingOfRequest> {
  const documented: string[] = [];
  for (const name of documentedFields[operation]) {
    if (!parameters.has(name)) continue;
    if (isFree(name) && hides(parameters, name, hiddenPair)) return;
    documented.push(name);
  }
  yield* inEveryOrder('documented', documented, parameters);

  const count = parameters.size - (parameters.has('signature') ? 1 : 0);
  if (count === documented.length) return;
  const everything = [...parameters.keys()].filter((name) => name !== 'signature');
  if (everything.some((name) => !plainName.test(name) || hides(parameters, name, anyHiddenPair))) return;
  yield* inEveryOrder('everything', everything.sort(), parameters);
}

/**
 * Whether the request's signature was made with this secret under one of the readings. Each comparison takes constant
 * time; how many readings were tried says nothing about the secret.
 */
export function verify(operation: Operation, parameters: Parameters, secret: string): Verdict {
  const signature = parameters.get('signature')?.[0];
  if (signature === undefined) return { genuine: false, why: 'missing' };
  let tried = 0;
  for (const { reading, stringToSign } of readingsOf(operation, parameters)) {
    tried += 1;
    if (isHmacSha1(secret, stringToSign, signature)) return { genuine: true, reading };
  }
  return { genuine: false, why: tried === 0 ? 'ambiguous' : 'mismatch' };
}

/** For people: `documented fields, actions sorted`. */
export function describeReading({ fields, sorted }: Reading): string {
  const which = fields === 'documented' ? 'documented fields' : 'every parameter but signature';
  return sorted.length === 0 ? `${which}, values as sent` : `${which}, ${sorted.join(' and ')} sorted`;
}

function* inEveryOrder(
  fields: Reading['fields'],
  names: readonly string[],
  parameters: Parameters,
): Generator<ReadingOfRequest> {
  const inOrder = (sorted: readonly ListParameter[]): ReadingOfRequest => {
    let stringToSign = '';
    for (const name of names) {
      stringToSign += `${stringToSign === '' ? '' : '&'}${name}=${valueOf(parameters, name, sorted)}`;
    }
    return { reading: { fields, sorted }, stringToSign };
  };
  // As sent comes first and is nearly always right: whether anything could be sorted is not looked at before.
  yield inOrder(asSent);
  const unsorted = listParameters.filter((name) => names.includes(name) && isUnsorted(parameters, name));
  for (const sorted of subsets(unsorted)) yield inOrder(sorted);
}

const asSent: readonly ListParameter[] = [];

function valueOf(parameters: Parameters, name: string, sorted: readonly string[]): string {
  const value = joined(parameters, name);
  return sorted.includes(name) ? sortList(value) : value;
}

/** The values of a name as one text; nearly always there is one. */
function joined(parameters: Parameters, name: string): string {
  const values = parameters.get(name);
  if (values === undefined) return '';
  return values.length === 1 ? (values[0] ?? '') : values.join(',');
}

/** Longer lists than any token can have are only read as sent: sorting them would cost more than they are worth. */
const longestSortedList = 1000;

function isUnsorted(parameters: Parameters, name: string): boolean {
  const list = joined(parameters, name);
  if (!list.includes(',')) return false;
  const values = list.split(',', longestSortedList + 1);
  if (values.length > longestSortedList) return false;
  return values.some((value, index) => index > 0 && value < (values[index - 1] ?? ''));
}

function sortList(list: string): string {
  return list.split(',').sort().join(',');
}

/** All but the empty one. */
function subsets(names: readonly ListParameter[]): readonly (readonly ListParameter[])[] {
  const [first, second] = names;
  if (first === undefined) return [];
  if (second === undefined) return [[first]];
  return [[first, second], [first], [second]];
}

function isFree(name: string): boolean {
  return name === 'resources' || name === 'token';
}

function hides(parameters: Parameters, name: string, pair: RegExp): boolean {
  // Nearly no value holds an ampersand, and looking for one costs less than a pattern.
  return (parameters.get(name) ?? []).some((value) => value.includes('&') && pair.test(value));
}
