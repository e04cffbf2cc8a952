// The query string of a signed request: decoded into pairs, and written down again in the one canonical way.
// Sorting is by code unit, as the gateway's clients do it.

export interface QueryPair {
  readonly name: string;
  readonly value: string;
}

const notEncodedByNode = /[!'()*]/g;

/** Decodes a raw query string. @returns the pairs in their order, or nothing when an escape makes no sense */
export function readQuery(query: string): QueryPair[] | undefined {
  if (query === '') return [];
  try {
    return query.split('&').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return { name: decode(name), value: decode(value.join('=')) };
    });
  } catch {
    return undefined;
  }
}

/** Pairs sorted by name, then value; only `A-Za-z0-9-_.~` left raw (RFC 3986). */
export function canonicalQuery(pairs: readonly QueryPair[]): string {
  return pairs
    .toSorted((one, other) => compare(one.name, other.name) || compare(one.value, other.value))
    .map(({ name, value }) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    notEncodedByNode,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
