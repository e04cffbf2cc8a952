// From a pasted `curl` command to the HTTP request that curl would send. Sends nothing and opens no file.
import type { RawRequest } from '../../legacy/read.ts';
import { curlSettings, type CurlMeaning, type CurlSetting } from './curl-options.ts';
import { shellWords } from './curl-words.ts';

export type CurlReading =
  | {
      readonly ok: true;
      readonly url: string;
      readonly request: RawRequest;
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

const boundary = '------------------------token-proxy-explain';

/** @param text a command that begins with `curl`; lines may be continued with backslashes */
export function readCurl(text: string): CurlReading {
  const split = shellWords(text);
  if (!split.ok) return split;
  const { words, notes } = split;
  const read = curlSettings(words.slice(1));
  if (!read.ok) return read;
  const { settings } = read;
  const file = settings.find(namesFile);
  if (file !== undefined) {
    return {
      ok: false,
      problem: `the curl option ${file.name} names a file: put what is in it on the line instead`,
    };
  }
  const [url, second] = valuesOf(settings, 'url');
  if (url === undefined) return { ok: false, problem: 'this curl command names no URL' };
  if (second !== undefined) return { ok: false, problem: 'this curl command names more than one URL' };

  const data = dataOf(settings);
  const fields = settings
    .filter(({ meaning }) => meaning === 'form' || meaning === 'form-string')
    .map(fieldOf);
  const dataInQuery = has(settings, 'get');
  const query = [...valuesOf(settings, 'query').map(urlencoded), ...(dataInQuery ? data : [])];
  const isForm = fields.length > 0;
  const hasBody = isForm || (data.length > 0 && !dataInQuery);
  const header = (name: string) => headerOf(settings, name);
  const method =
    valuesOf(settings, 'method').at(-1) ?? (has(settings, 'head') ? 'HEAD' : hasBody ? 'POST' : 'GET');
  const type = isForm
    ? `multipart/form-data; boundary=${boundary}`
    : (header('content-type') ??
      (has(settings, 'json') ? 'application/json' : 'application/x-www-form-urlencoded'));
  return {
    ok: true,
    url,
    request: {
      method: method.toUpperCase(),
      queryString: [queryOf(url), ...query].filter((part) => part !== '').join('&'),
      contentType: hasBody ? type : header('content-type'),
      contentEncoding: header('content-encoding'),
      body: Buffer.from(!hasBody ? '' : isForm ? multipartBody(fields) : data.join('&')),
    },
    notes,
  };
}

/** What stands behind `?`, undecoded, without a fragment. */
export function queryOf(url: string): string {
  const [target = ''] = url.split('#', 1);
  const mark = target.indexOf('?');
  return mark < 0 ? '' : target.slice(mark + 1);
}

function valuesOf(settings: readonly CurlSetting[], wanted: CurlMeaning): string[] {
  return settings.filter(({ meaning }) => meaning === wanted).map(({ value }) => value);
}

function has(settings: readonly CurlSetting[], wanted: CurlMeaning): boolean {
  return settings.some(({ meaning }) => meaning === wanted);
}

/** Where curl reads a file: `@file`, `name@file`, `name=@file` or `name=<file`. */
const fileForms: Partial<Record<CurlMeaning, RegExp>> = {
  data: /^@/,
  json: /^@/,
  'encoded-data': /^[^=]*@/,
  query: /^[^=]*@/,
  form: /^[^=]*=[@<]/,
};

function namesFile({ meaning, value }: CurlSetting): boolean {
  return fileForms[meaning]?.test(value) ?? false;
}

function dataOf(settings: readonly CurlSetting[]): string[] {
  return settings.flatMap(({ meaning, value }) => {
    if (meaning === 'encoded-data') return [urlencoded(value)];
    return meaning === 'data' || meaning === 'raw-data' || meaning === 'json' ? [value] : [];
  });
}

/** `name=text` with the text encoded; without a name only the text (curl's `--data-urlencode`). */
function urlencoded(value: string): string {
  const at = value.indexOf('=');
  const text = encodeURIComponent(value.slice(at + 1).toWellFormed());
  return at > 0 ? `${value.slice(0, at)}=${text}` : text;
}

function fieldOf({ meaning, value }: CurlSetting): readonly [name: string, text: string] {
  const at = value.indexOf('=');
  const [name, text] = at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
  if (meaning === 'form-string') return [name, text];
  const quoted = /^"((?:\\.|[^"\\])*)"/.exec(text)?.[1];
  return [name, quoted?.replace(/\\(["\\])/g, '$1') ?? text.replace(/;type=.*$/s, '')];
}

function multipartBody(fields: readonly (readonly [string, string])[]): string {
  const parts = fields.map(
    ([name, text]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

function headerOf(settings: readonly CurlSetting[], wanted: string): string | undefined {
  for (const header of valuesOf(settings, 'header').reverse()) {
    const at = header.indexOf(':');
    if (at > 0 && header.slice(0, at).trim().toLowerCase() === wanted) return header.slice(at + 1).trim();
  }
  return undefined;
}
