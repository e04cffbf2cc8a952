// The parameters of a call as its query string: percent-encoded as the signature wants it (RFC 3986), so that what is sent
// is what is signed. Pure.

/**
 * @param names in alphabetical order; they need no encoding
 * @param values as many, well-formed
 */
export function queryOf(names: readonly string[], values: readonly string[]): string {
  let query = '';
  for (let at = 0; at < names.length; at += 1) {
    query += `${at === 0 ? '' : '&'}${names[at] ?? ''}=${encoded(values[at] ?? '')}`;
  }
  return query;
}

const unreserved = /^[\w.~-]*$/;
const leftByEncoding = /[!'()*]/;
const allLeftByEncoding = /[!'()*]/g;

/** Of what `encodeURIComponent` leaves, only the unreserved characters stay. Most values have nothing to encode. */
function encoded(value: string): string {
  if (unreserved.test(value)) return value;
  const usual = encodeURIComponent(value);
  return leftByEncoding.test(usual) ? usual.replace(allLeftByEncoding, percentEncoded) : usual;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
