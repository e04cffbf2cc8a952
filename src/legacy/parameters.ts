// The parameters of an old request, merged from query string and body the way the old service's servlet container
// did it. Knows names and values, not what they mean.
import { listParameters, protocolParameters } from './operations.ts';
import type { Rejection } from './call.ts';

/** Values by name, in the order of their arrival: query string first, then body. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/** More than any client sends, few enough to sort and sign without a thought. */
export const maximumParameters = 256;

const lists: ReadonlySet<string> = new Set(listParameters);
const singles: readonly string[] = protocolParameters.filter((name) => !lists.has(name));

/** A rejection for a parameter mistake: code 400. */
export function rejected(message: string): Rejection {
  return { kind: 'rejection', code: 400, message };
}

/**
 * One set of parameters out of what was found in the query string and in the body. The same values in both places
 * count once; a name that can only have one value must not be sent with several (PROTOCOL section 1: otherwise what
 * was signed and what is done could differ).
 */
export function mergeParameters(
  query: ReadonlyMap<string, string[]>,
  body: ReadonlyMap<string, string[]>,
): Parameters | Rejection {
  let merged = union(query, body);
  let count = 0;
  for (const values of merged.values()) count += values.length;
  if (count > maximumParameters)
    return rejected(`too many parameters: at most ${maximumParameters} are read`);
  for (const name of singles) {
    const values = merged.get(name);
    if (values === undefined || values.length === 1) continue;
    const [value, ...others] = new Set(values);
    if (value === undefined || others.length > 0) {
      return rejected(`${name} was sent ${values.length} times with different values: send it once`);
    }
    merged = new Map(merged).set(name, [value]);
  }
  return merged;
}

function union(
  first: ReadonlyMap<string, string[]>,
  second: ReadonlyMap<string, string[]>,
): ReadonlyMap<string, string[]> {
  // Nearly every request has its parameters in one place.
  if (first.size === 0) return second;
  const merged = new Map(first);
  for (const [name, values] of second) {
    const earlier = merged.get(name);
    if (earlier === undefined) merged.set(name, values);
    else if (!equal(earlier, values)) merged.set(name, [...earlier, ...values]);
  }
  return merged;
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** The value of a single-valued parameter; an empty one counts as present. */
export function single(parameters: Parameters, name: string): string | undefined {
  return parameters.get(name)?.[0];
}

/** So few are compared with each other sooner than a set of them is made. */
const fewTopics = 8;

/** The topics of `resources`, in the order sent, without empty entries and duplicates. */
export function topicsOf(parameters: Parameters): string[] {
  const values = parameters.get('resources');
  const [first = ''] = values ?? [];
  if (values?.length === 1 && !first.includes(',')) return first === '' ? [] : [first];
  const all = values?.length === 1 ? first.split(',') : (values ?? []).flatMap((value) => value.split(','));
  if (all.length > fewTopics) return [...new Set(all)].filter((topic) => topic !== '');
  return all.filter((topic, place) => topic !== '' && all.indexOf(topic) === place);
}
