// The old signature: string to sign, signing, and the readings under which real clients' signatures are accepted
// (PROTOCOL section 1). Pure. It judges no values: parse.ts does, and both must agree before anything is done.
import { createHmac, timingSafeEqual } from 'node:crypto';
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
  return createHmac('sha1', secret).update(text, 'utf8').digest('base64');
}

/**
 * All readings of a request that may count, the most usual first; empty when the request could pass for another one.
 * `key=value&key=value` is not injective, so no free value may hide another parameter (`resources=A&serviceName=mq`
 * in one value); the values of the other documented parameters have forms of their own, which parse.ts checks. With
 * every parameter signed any name can be a parameter, so no value may hide a pair at all and no name hold `=` or `&`.
 */
export function* readingsOf(operation: Operation, parameters: Parameters): Generator<ReadingOfRequest> {
  const documented = documentedFields[operation].filter((name) => parameters.has(name));
  if (documented.some((name) => isFree(name) && hides(parameters, name, hiddenPair))) return;
  yield* inEveryOrder('documented', documented, parameters);

  const everything = [...parameters.keys()].filter((name) => name !== 'signature').sort();
  if (everything.length === documented.length) return;
  if (everything.some((name) => !plainName.test(name) || hides(parameters, name, anyHiddenPair))) return;
  yield* inEveryOrder('everything', everything, parameters);
}

/**
 * Whether the request's signature was made with this secret under one of the readings. Each comparison takes constant
 * time; how many readings were tried says nothing about the secret.
 */
export function verify(operation: Operation, parameters: Parameters, secret: string): Verdict {
  const given = parameters.get('signature')?.[0];
  if (given === undefined) return { genuine: false, why: 'missing' };
  const signature = Buffer.from(given, 'utf8');
  let tried = 0;
  for (const { reading, stringToSign } of readingsOf(operation, parameters)) {
    tried += 1;
    const expected = Buffer.from(sign(secret, stringToSign), 'utf8');
    if (expected.length === signature.length && timingSafeEqual(expected, signature)) {
      return { genuine: true, reading };
    }
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
    const pairs = names.map((name) => `${name}=${valueOf(parameters, name, sorted)}`);
    return { reading: { fields, sorted }, stringToSign: pairs.join('&') };
  };
  // As sent comes first and is nearly always right: whether anything could be sorted is not looked at before.
  yield inOrder([]);
  const unsorted = listParameters.filter((name) => names.includes(name) && isUnsorted(parameters, name));
  for (const sorted of subsets(unsorted)) yield inOrder(sorted);
}

function valueOf(parameters: Parameters, name: string, sorted: readonly string[]): string {
  const asSent = (parameters.get(name) ?? []).join(',');
  return sorted.includes(name) ? sortList(asSent) : asSent;
}

/** Longer lists than any token can have are only read as sent: sorting them would cost more than they are worth. */
const longestSortedList = 1000;

function isUnsorted(parameters: Parameters, name: string): boolean {
  const values = (parameters.get(name) ?? []).join(',').split(',', longestSortedList + 1);
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
  return (parameters.get(name) ?? []).some((value) => pair.test(value));
}
