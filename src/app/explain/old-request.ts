// Reads what an operator pastes: a query string, a form body, a whole URL or a `curl` command, as the request of an
// old client. Judges nothing about it; legacy/read.ts reads the parameters.
import { splitTarget } from '../target.ts';
import { operationAt, operations, type Operation } from '../../legacy/operations.ts';
import { decodeForm, type RawRequest } from '../../legacy/read.ts';
import { queryOf, readCurl } from './curl-line.ts';

export interface OldRequest {
  readonly request: RawRequest;
  readonly operation: Operation;
  /** Remarks on how the text was taken. */
  readonly notes: readonly string[];
}

export type OldRequestReading =
  ({ readonly ok: true } & OldRequest) | { readonly ok: false; readonly problem: string };

const curl = /^(?:\$\s+)?(curl(?:\.exe)?\s[\s\S]*)$/;
const url = /^(?:https?:\/\/|\/).*$|^[\w.-]+(?::\d+)?\/\S*\?.*$/i;

/**
 * @param text as it was pasted
 * @param chosen the operation that was asked for, which wins over the path and the parameters
 */
export function readOldRequest(text: string, chosen?: Operation): OldRequestReading {
  const pasted = text.trim();
  if (pasted === '') return { ok: false, problem: 'there is no request' };
  const command = curl.exec(pasted)?.[1];
  if (command !== undefined) {
    const read = readCurl(command);
    return read.ok ? addressed(read.url, read.request, read.notes, chosen) : read;
  }
  const { form, notes } = oneLine(pasted.replace(/^\?/, ''));
  if (url.test(form)) return addressed(form, queryRequest(queryOf(form)), notes, chosen);
  if (!form.includes('=')) {
    return {
      ok: false,
      problem: 'this is no query string, form body, URL or curl command: it holds no name=value',
    };
  }
  return inferred(formRequest(form), form, notes, chosen);
}

/** A request whose URL says which operation it is. */
function addressed(
  address: string,
  request: RawRequest,
  notes: readonly string[],
  chosen: Operation | undefined,
): OldRequestReading {
  if (chosen !== undefined) return { ok: true, request, operation: chosen, notes };
  const absolute = /^(?:\/|https?:)/i.test(address) ? address : `http://${address}`;
  const [target = ''] = absolute.split('#', 1);
  const operation = operationAt(splitTarget(target).path);
  if (operation !== undefined) return { ok: true, request, operation, notes };
  const paths = Object.values(operations).map(({ path }) => path);
  return {
    ok: false,
    problem: `the path of this URL is none of ${paths.join(', ')}: the proxy does not serve it (name the operation to have it read all the same)`,
  };
}

/** Parameters alone: a token is asked about, everything else is an apply. */
function inferred(
  request: RawRequest,
  form: string,
  notes: readonly string[],
  chosen: Operation | undefined,
): OldRequestReading {
  if (chosen !== undefined) return { ok: true, request, operation: chosen, notes };
  const operation = decodeForm(form).has('token') ? 'query' : 'apply';
  const note =
    operation === 'query'
      ? 'taken as query, since it holds a token; revoke is signed alike: name the operation where it is meant'
      : 'taken as apply, since it holds no token (name the operation where another is meant)';
  return { ok: true, request, operation, notes: [...notes, note] };
}

/** Undoes the wrapping of terminals and editors. */
function oneLine(text: string): { form: string; notes: readonly string[] } {
  const lines = text.split(/\r?\n/).map((part) => part.trim());
  if (lines.length === 1) return { form: text, notes: [] };
  const onePerLine = lines.every((part) => /^[\w.-]+=[^&]*$/.test(part));
  return {
    form: lines.join(onePerLine ? '&' : ''),
    notes: [onePerLine ? 'each line was taken as one parameter' : 'line breaks were taken out'],
  };
}

function queryRequest(queryString: string): RawRequest {
  return {
    method: 'GET',
    queryString,
    contentType: undefined,
    contentEncoding: undefined,
    body: Buffer.alloc(0),
  };
}

function formRequest(form: string): RawRequest {
  return {
    method: 'POST',
    queryString: '',
    contentType: 'application/x-www-form-urlencoded',
    contentEncoding: undefined,
    body: Buffer.from(form),
  };
}
