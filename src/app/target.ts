// Splits a request target into path and query string, undecoded.
// Servers must also understand the absolute form that clients behind a forward proxy send (RFC 9112 section 3.2.2).

/** Of any scheme, as legacy/destination.ts has it: what is passed on as a token route must be seen as one here. */
const absoluteForm = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

export interface Target {
  readonly path: string;
  /** Behind the first `?`; empty when there is none. */
  readonly queryString: string;
}

export function splitTarget(url: string): Target {
  const target = url.startsWith('/') ? url : url.replace(absoluteForm, '');
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, queryString: '' }
    : { path: target.slice(0, mark), queryString: target.slice(mark + 1) };
}
